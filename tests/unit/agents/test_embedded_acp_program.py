"""`embedded-agent --acp` as the program that it is: how it starts, ends, and misbehaves when it is told to."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import acp
import pytest

from tests.unit.agents.acp_client import Person, Talk, current
from tests.waiting import DEADLINE, wait_for_async

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = [sys.executable, "-P", "-m", "controller", "embedded-agent"]


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a directory of one's own; the package is found from there too."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@asynccontextmanager
async def program(person: Person | None = None, *argv: str, fault: str = "") -> AsyncIterator[tuple[Any, Any]]:
    """Start it by the SDK."""
    start = acp.spawn_agent_process(
        cast("acp.Client", person or Person()),
        *[*PROGRAM, "--acp", *argv],
        env=os.environ | {"MUSTER_DEMO_FAULT": fault},
        use_unstable_protocol=True,
    )
    async with start as started:
        yield started


def said(*argv: str, line: str = "") -> subprocess.CompletedProcess[str]:
    """Run it to its end, in the terminal's way unless it is told otherwise."""
    run = subprocess.run([*PROGRAM, *argv], input=line, capture_output=True, text=True, timeout=DEADLINE, check=False)
    return run  # noqa: RET504 - the name says what it is


def test_one_conversation_goes_over_acp_and_on_a_terminal(world: Path) -> None:
    """Either mode takes up what the other has kept."""
    conversation = "22222222-2222-4222-8222-222222222222"
    said("--session-id", conversation, "--model", "maxi", line="the cat is Tom\n")
    person = Person()

    async def story() -> str:
        async with program(person) as (connection, _):
            await connection.initialize(protocol_version=1)
            loaded = await connection.load_session(cwd=str(world), session_id=conversation, mcp_servers=[])
            await Talk(connection, conversation, person).say("the dog is Rex")
            await connection.close_session(session_id=conversation)
            return current(loaded)

    assert asyncio.run(story()) == "maxi"
    assert person.text("user_message_chunk") == "the cat is Tom"
    assert person.text().endswith("[maxi-1] I will remember: the dog is Rex")

    recalled = said("--resume", conversation, "--model", "mini", line="recall\n").stdout
    assert recalled.splitlines() == [
        f"resumed {conversation}: 4 earlier messages, model mini-1",
        "[mini-1] You told me: the cat is Tom; the dog is Rex",
    ]


def test_it_ends_when_stdin_ends_and_is_gone_from_the_registry(world: Path, demo_home: Path) -> None:
    async def story() -> int:
        async with program(None, "--model", "mini") as (connection, process):
            opened = await connection.new_session(cwd=str(world), mcp_servers=[])
            assert current(opened) == "mini"
            turn = asyncio.create_task(Talk(connection, opened.session_id, Person()).say("take 600 seconds"))
            await wait_for_async(lambda: list(demo_home.glob("projects/*/*")))
            process.stdin.close()
            with pytest.raises(ConnectionError):
                await turn
            return cast("int", await process.wait())

    assert asyncio.run(story()) == 0
    assert list((demo_home / "sessions").iterdir()) == []


@pytest.mark.parametrize("busy", [False, True])
def test_signal_stops_it_at_once(world: Path, demo_home: Path, busy: bool) -> None:
    async def story() -> int:
        async with program() as (connection, process):
            opened = await connection.new_session(cwd=str(world), mcp_servers=[])
            talk = Talk(connection, opened.session_id, Person())
            turn = asyncio.create_task(talk.say("take 600 seconds")) if busy else None
            await wait_for_async(lambda: len(list(demo_home.glob("projects/*/*"))) == int(busy))
            process.terminate()
            code = await process.wait()
            if turn:
                with pytest.raises(ConnectionError):
                    await turn
            return cast("int", code)

    assert asyncio.run(story()) == 128 + signal.SIGTERM
    assert list((demo_home / "sessions").iterdir()) == []


@pytest.mark.parametrize("fault", ["survives-stdin-close", "ignore-term"])
def test_fault_goes_only_the_other_way(world: Path, fault: str) -> None:
    async def story() -> int:
        async with program(fault=fault) as (connection, process):
            await connection.initialize(protocol_version=1)
            if fault == "ignore-term":
                process.terminate()
                await connection.initialize(protocol_version=1)
                process.stdin.close()
            else:
                process.stdin.close()
                assert await process.stderr.readline() == b"stdin has ended, and I stay\n"
                process.terminate()
            return cast("int", await process.wait())

    assert asyncio.run(story()) == (0 if fault == "ignore-term" else 128 + signal.SIGTERM)


def test_fault_die_at_once() -> None:
    run = said("--acp")
    assert run.returncode == 0
    os.environ["MUSTER_DEMO_FAULT"] = "die-at-once"
    run = said("--acp")
    assert (run.returncode, run.stdout) == (3, "")


def test_fault_wrong_model_takes_a_set_and_stays(world: Path) -> None:
    async def story() -> tuple[str, str, str]:
        person = Person()
        async with program(person, "--model", "maxi", fault="wrong-model") as (connection, _):
            opened = await connection.new_session(cwd=str(world), mcp_servers=[])
            talk = Talk(connection, opened.session_id, person)
            answered = await talk.set_model("maxi")
            await talk.say("hello")
            return current(opened), answered, person.text()

    assert asyncio.run(story()) == ("mini", "mini", "[mini-1] I will remember: hello")


def test_fault_legacy_models_only(world: Path) -> None:
    """The way that left the standard; the SDK's client knows nothing of it, so the messages are raw."""

    async def story() -> Any:
        person = Person()
        async with program(person, fault="legacy-models-only") as (connection, _):
            raw = connection._conn.send_request
            opened = await raw("session/new", {"cwd": str(world), "mcpServers": []})
            session = {"sessionId": opened["sessionId"]}
            with pytest.raises(acp.RequestError, match="Method not found"):
                await raw("session/set_config_option", {**session, "configId": "model", "value": "maxi"})
            with pytest.raises(acp.RequestError, match="Invalid params"):
                await raw("session/set_model", {**session, "modelId": "giga"})
            assert await raw("session/set_model", {**session, "modelId": "maxi"}) == {}
            await Talk(connection, opened["sessionId"], person).say("hello")
            return opened, person.text()

    opened, text = asyncio.run(story())

    assert opened["models"]["currentModelId"] == "midi"
    assert [offered["modelId"] for offered in opened["models"]["availableModels"]] == ["mini", "midi", "maxi"]
    assert ("configOptions" in opened, text) == (False, "[maxi-1] I will remember: hello")


def test_fault_no_model_channel(world: Path) -> None:
    async def story() -> Any:
        async with program(None, "--model", "maxi", fault="no-model-channel") as (connection, _):
            raw = connection._conn.send_request
            opened = await raw("session/new", {"cwd": str(world), "mcpServers": []})
            for method, words in (
                ("session/set_config_option", {"configId": "model", "value": "mini"}),
                ("session/set_model", {"modelId": "mini"}),
            ):
                with pytest.raises(acp.RequestError, match="Method not found"):
                    await raw(method, {"sessionId": opened["sessionId"], **words})
            return opened

    assert list(asyncio.run(story())) == ["sessionId"]


@pytest.mark.parametrize(
    "argv, sentence",
    [
        (["--acp", "hello"], "a prompt comes over ACP"),
        (["--acp", "--model", "giga"], "unknown model: giga"),
        (["--acp", "--resume", "x"], "not allowed with argument"),
    ],
    ids=["prompt", "model", "resume"],
)
def test_nonsense_is_refused(argv: list[str], sentence: str) -> None:
    run = said(*argv)
    assert (run.returncode, sentence in run.stderr) == (2, True)


def test_a_file_is_no_client(world: Path) -> None:
    """The SDK writes to pipes and sockets only; that is said, not traced back."""
    with (world / "out").open("wb") as out:
        run = subprocess.run(
            [*PROGRAM, "--acp"], stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE, check=False
        )
    assert run.returncode == 2
    assert run.stderr.startswith(b"cannot speak ACP: stdin and stdout must be pipes or sockets")
