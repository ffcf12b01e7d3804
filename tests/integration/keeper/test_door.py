"""The way to a keeper for our own commands: a peer that asks, hears and is asked, all in order."""

import asyncio
import os
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from controller.errors import MusterError
from controller.runtimes.acp.credentials import make_private
from controller.runtimes.acp.door import connect
from controller.runtimes.acp.fronts import FrontEnd
from controller.runtimes.acp.journal import Journal, read
from controller.runtimes.acp.peer import Peer, RpcError
from controller.runtimes.acp.replay import replay
from tests.integration.keeper.world import Message, World

T = TypeVar("T")


def played(scene: Coroutine[Any, Any, T]) -> T:
    async def within() -> T:
        async with asyncio.timeout(60):
            return await scene

    return asyncio.run(within())


def test_a_command_asks_and_hears(world: World) -> None:
    world.ready()
    heard: list[Message] = []

    async def scene() -> Any:
        peer = await connect(world.socket, on_notify=lambda _, params: heard.append(params["entry"]))
        await peer.request("_muster/replay", {"since": 0, "follow": True})
        prompt = {"sessionId": world.conversation, "prompt": [{"type": "text", "text": "say:a say:b"}]}
        end = await peer.request("session/prompt", prompt)
        await peer.close()
        return end

    assert played(scene())["stopReason"] == "end_turn"
    assert heard == list(read(world.journal_file))
    assert [entry["n"] for entry in read(world.journal_file, since=4)] == [5, 6]


def test_a_command_answers_a_question(world: World) -> None:
    world.ready()

    async def allow(method: str, params: Message) -> Message:
        assert method == "session/request_permission"
        return {"outcome": {"outcome": "selected", "optionId": "allow_once"}}

    async def scene() -> None:
        peer = await connect(world.socket, on_request=allow)
        await peer.request("session/resume", {"sessionId": world.conversation})
        prompt = {"sessionId": world.conversation, "prompt": [{"type": "text", "text": "ask"}]}
        await peer.request("session/prompt", prompt)
        await peer.close()

    played(scene())
    assert world.journal("permission_answer")[0]["outcome"]["optionId"] == "allow_once"


def test_a_refusal_has_its_code(world: World) -> None:
    world.ready()

    async def scene() -> None:
        peer = await connect(world.socket)
        try:
            await peer.request("session/load", {"sessionId": "another"})
        finally:
            await peer.close()

    with pytest.raises(RpcError, match="no such session") as refused:
        played(scene())
    assert refused.value.code == -32002


def test_a_keeper_that_dies_leaves_nobody_waiting(world: World) -> None:
    client = world.ready()
    client.prompt("hold")
    world.wait(activity="busy")

    async def scene() -> None:
        peer = await connect(world.socket)
        prompt = {"sessionId": world.conversation, "prompt": [{"type": "text", "text": "x"}]}
        asked = asyncio.create_task(peer.request("session/prompt", prompt))
        await peer.request("_muster/status", {})
        world.kill()
        with pytest.raises(ConnectionError):
            await asked
        with pytest.raises(ConnectionError):
            await peer.request("_muster/status", {})
        await peer.close()

    played(scene())


@pytest.mark.parametrize("left_behind", [False, True])
def test_where_no_keeper_listens_it_is_said(world: World, left_behind: bool) -> None:
    if left_behind:
        world.socket.parent.mkdir()
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(os.fspath(world.socket))

    with pytest.raises(MusterError, match=r"cannot reach .*: no keeper listens there"):
        played(connect(world.socket))


def test_an_answer_that_does_not_come_in_time_is_not_waited_for(tmp_path: Path) -> None:
    async def scene() -> None:
        ours, theirs = socket.socketpair()
        peer = Peer(*await asyncio.open_connection(sock=ours))
        peer.start()
        with pytest.raises(TimeoutError):
            await peer.request("anything", {}, within=0.01)
        # What comes late is passed over.
        theirs.sendall(b'{"id":1,"result":1}\n{"id":2,"result":2}\n')
        assert await peer.request("anything", {}) == 2
        await peer.close()
        theirs.close()

    played(scene())


def test_a_last_word_counts_though_nobody_ended_its_line() -> None:
    async def scene() -> None:
        ours, theirs = socket.socketpair()
        peer = Peer(*await asyncio.open_connection(sock=ours))
        peer.start()
        asked = asyncio.create_task(peer.request("anything", {}))
        await asyncio.sleep(0)
        theirs.sendall(b'{"id":1,"result":1}')
        theirs.shutdown(socket.SHUT_WR)
        assert await asked == 1
        await peer.close()
        theirs.close()

    played(scene())


def test_a_replay_misses_nothing_when_the_journal_is_put_aside_under_it(tmp_path: Path) -> None:
    """What is written meanwhile stands in a file that was not there when it began to read."""
    told: list[Message] = []
    heard: list[int] = []

    async def scene() -> int:
        ours, theirs = socket.socketpair()
        front = FrontEnd(*await asyncio.open_connection(sock=ours), no_answer, lambda *_: None)
        journal = Journal(tmp_path / "journal" / "a", lambda entry, _: told.append(entry))
        journal.write("began", conversation="c")

        def hear(entry: Message, _: bytes) -> None:
            heard.append(entry["n"])
            if entry["n"] == 1:
                for number in range(6):
                    journal.write("prompt", id=str(number), text="x" * 1_000_000, by="a")
                    journal.write("turn_end", id=str(number), stop_reason="end_turn")

        last = await replay(tmp_path / "journal" / "a", journal, 0, front, hear)
        front.peer.abort()
        theirs.close()
        journal.close()
        return last

    last = played(scene())
    assert heard == [entry["n"] for entry in told] == list(range(1, last + 1))
    assert "past" in {entry["kind"] for entry in told}


async def no_answer(front: FrontEnd, method: str, params: Message) -> None:
    """Answer nothing: nobody asks."""


def test_a_private_directory_is_made_so(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir(mode=0o755)

    make_private(there)
    make_private(tmp_path / "a" / "b")

    assert [path.stat().st_mode & 0o777 for path in (there, tmp_path / "a", tmp_path / "a" / "b")] == [0o700] * 3


def test_a_directory_that_others_can_replace_is_refused(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)

    with pytest.raises(MusterError, match="other users can replace it"):
        make_private(open_to_all / "keepers")
