"""`muster acp`: any client of the protocol, byte for byte, and nothing else on its stdout."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import acp
import pytest

from controller.settings import self_spawn
from tests.integration.front_ends import FrontEnds
from tests.integration.keeper.world import World
from tests.waiting import wait_for

HELLO: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": 1, "clientCapabilities": {}},
}


@pytest.fixture
def world(short_path: Path) -> Iterator[World]:
    with ExitStack() as things:
        yield World(short_path, things)


@pytest.fixture
def muster(world: World) -> FrontEnds:
    return FrontEnds(world)


def bridge(muster: FrontEnds) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    return subprocess.Popen(self_spawn("acp", "a"), env=muster.env, stdin=pipe, stdout=pipe, stderr=pipe)


def test_bytes_go_both_ways_as_they_are(world: World, muster: FrontEnds) -> None:
    """In whatever pieces they come, blank lines and characters of several bytes included."""
    world.ready()
    direct = world.client()
    with bridge(muster) as process:
        assert process.stdin
        assert process.stdout
        line = json.dumps(HELLO | {"id": "\u00fc"}, ensure_ascii=False).encode()
        for piece in (b"\n", line[:7], line[7:-40], line[-40:], b"\n"):
            process.stdin.write(piece)
            process.stdin.flush()
        through = json.loads(process.stdout.readline())
        said, errors = process.communicate(timeout=30)

    assert (through["id"], through["result"]) == ("\u00fc", direct.call("initialize", **HELLO["params"]))
    assert (process.returncode, said, errors) == (0, b"", b"")


def test_more_than_a_pipe_holds_comes_whole(world: World, muster: FrontEnds) -> None:
    """The client reads slowly; nothing is lost while the keeper keeps up."""
    client = world.joined()
    client.said_and_done("burst:150:5000")
    with bridge(muster) as process:
        assert process.stdin
        assert process.stdout
        loading = {"sessionId": world.conversation, "cwd": str(world.place), "mcpServers": []}
        process.stdin.write(json.dumps(HELLO | {"method": "session/load", "params": loading}).encode() + b"\n")
        process.stdin.flush()
        lines = [json.loads(process.stdout.readline()) for _ in range(152)]
        process.communicate(timeout=30)

    texts = [line["params"]["update"]["content"]["text"] for line in lines[1:-1]]
    assert [int(text[:8]) for text in texts] == list(range(150))
    assert {len(text) for text in texts} == {5000}


def test_the_official_client_talks_through_it(world: World, muster: FrontEnds) -> None:
    """It starts the command as it would start an agent."""
    world.ready()
    told: list[str] = []

    class Front:
        async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
            if update.session_update == "agent_message_chunk":
                told.append(update.content.text)

    async def story() -> Any:
        command, *words = self_spawn("acp", "a")
        client = cast("acp.Client", Front())
        async with acp.spawn_agent_process(client, command, *words, env=muster.env) as (connection, _):
            await connection.initialize(protocol_version=1)
            session = await connection.new_session(cwd=str(world.place), mcp_servers=[])
            return await connection.prompt(session_id=session.session_id, prompt=[acp.text_block("say:hello")])

    end = asyncio.run(asyncio.wait_for(story(), 60))

    assert (end.stop_reason, told) == ("end_turn", ["hello"])
    assert wait_for(lambda: world.statement["front_ends"] == 0, what="it to leave")


def test_a_session_that_ends_ends_it_with_a_sentence(world: World, muster: FrontEnds) -> None:
    """An editor shows that as the agent's end; what was said before is not lost."""
    world.ready()
    with bridge(muster) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(HELLO).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        world.kill()
        assert process.wait(30) == 1  # its input is still open: it is the session that ended
        said, errors = process.communicate()

    assert said == b""
    assert b"its process ended" in errors


def test_a_session_that_does_not_run_is_said_so(world: World, muster: FrontEnds) -> None:
    (muster.sessions / "a.yaml").write_text("agent: demo\nruntime: acp\nmodel: mini\n")
    ran = muster.run("acp", "a", exits=1)

    assert ran.out == ""
    assert "does not run" in ran.err
    assert "no file declares it" in muster.run("acp", "b", exits=1).err


def test_a_client_that_reads_no_more_ends_it(world: World, muster: FrontEnds) -> None:
    world.ready()
    reading, writing = os.pipe()
    command = self_spawn("acp", "a")
    with subprocess.Popen(command, env=muster.env, stdin=subprocess.PIPE, stdout=writing) as process:
        os.close(writing)
        os.close(reading)
        assert process.stdin
        process.stdin.write(json.dumps(HELLO).encode() + b"\n")
        process.stdin.flush()

        assert process.wait(30) == 128 + signal.SIGPIPE
