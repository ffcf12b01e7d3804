"""Whatever an agent or a front end sends: the keeper lives, and no turn is lost."""

import asyncio
import json
import socket
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.runtimes.acp.fronts import FrontEnd
from controller.runtimes.acp.methods import Desk
from controller.runtimes.acp.peer import Peer, RpcError
from controller.runtimes.acp.session import Session
from controller.runtimes.acp.spec import Spec
from controller.wire.acp import blocks_of
from controller.wire.ndjson import line_of
from controller.wire.statement import State

T = TypeVar("T")
WITHIN = 60.0
HUGE = "x" * 200_000
PROBE = {"jsonrpc": "2.0", "id": "probe", "method": "_muster/status"}

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
values = st.recursive(
    scalars, lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=8), some, max_size=3)
)
kinds = st.sampled_from(["agent_message_chunk", "config_option_update", "current_mode_update", "notice", "plan"])
ours = ["initialize", "session/new", "session/load", "session/prompt", "session/cancel", "session/close"]
ours += ["session/set_model", "_muster/wish", "_muster/replay", "_muster/note", "_muster/status", "session/update"]
methods = st.sampled_from([*ours, "session/request_permission", "fs/read_text_file"]) | st.text(max_size=8)
names = ["sessionId", "update", "options", "prompt", "value", "patterns", "since", "follow", "clientInfo", "text"]
words = st.dictionaries(st.sampled_from(names), values, max_size=4)
params = words | words.map(lambda said: said | {"sessionId": "talk"}) | values
# The real requests have numbers from 1: an answer that wears one of them would be the right one.
strange_ids = values.filter(lambda one: isinstance(one, bool) or not isinstance(one, int | float) or not 0 < one < 1000)
ends = st.sampled_from(["result", "error"])
answers = st.builds(lambda ident, word, value: {"id": ident, word: value}, strange_ids, ends, values)
calls = st.builds(lambda ident, method, said: {"id": ident, "method": method, "params": said}, values, methods, params)
tellings = st.builds(lambda method, said: {"method": method, "params": said}, methods, params)
more = st.dictionaries(st.text(max_size=5), values, max_size=3)
updates = st.builds(lambda kind, words: {"sessionUpdate": kind, **words}, kinds, more)
whose = st.just("talk") | values
told = st.builds(
    lambda ident, update: {"method": "session/update", "params": {"sessionId": ident, "update": update}}, whose, updates
)
endings = values | st.dictionaries(st.sampled_from(["stopReason", "_meta", "usage"]), values)
messages = answers | calls | tellings | told | st.just({"a": HUGE})
noise = st.binary(max_size=60) | messages.map(json.dumps).map(str.encode)


class Scene:
    """A session whose agent and front ends are ends of socket pairs."""

    def __init__(self, place: Path) -> None:
        self.session = Session(spec(place))
        self._desk = Desk(self.session)
        self._opened: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._prompts: asyncio.Queue[int] = asyncio.Queue()

    async def begin(self) -> None:
        """Open the conversation; the agent writes to ``writes``."""
        reader, writer, reads, self.writes = await self._pair()
        self._tasks.append(asyncio.create_task(self._listen(reads)))
        peer = Peer(reader, writer, on_request=self.session.answer, on_notify=self.session.hear)
        self._tasks.append(peer.start())
        talk = self.session.speak(peer)
        talk.open("talk", {})
        self.session.begin()
        self.session.says.say(state=State.READY)
        self._tasks.append(asyncio.create_task(self.session.turns.deliver(talk)))

    async def front(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a front end's streams."""
        reader, writer, reads, writes = await self._pair()
        front = FrontEnd(reader, writer, self._desk.answer, self._desk.hear)
        self.session.fronts.all.add(front)
        self._tasks.append(front.peer.start())
        return reads, writes

    async def prompt(self) -> tuple[int, "asyncio.Future[dict[str, Any]]"]:
        """Deliver a prompt; return the number of the agent's request, and what will be its end."""
        prompt = self.session.turns.take(blocks_of("say"), "test", None)
        async with asyncio.timeout(WITHIN):
            return await self._prompts.get(), prompt.end

    async def _listen(self, reads: asyncio.StreamReader) -> None:
        """Be an agent that hears prompts, and all that is said besides."""
        while line := await reads.readline():
            message = json.loads(line)
            if message.get("method") == "session/prompt":
                self._prompts.put_nowait(message["id"])

    async def _pair(
        self,
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamWriter]:
        one, other = socket.socketpair()
        near, far = [await asyncio.open_connection(sock=end, limit=64 << 20) for end in (one, other)]
        self._opened += [near[1], far[1]]
        return *near, *far

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        for writer in self._opened:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.session.journal.close()


def spec(place: Path) -> Spec:
    plain: dict[str, Any] = {"name": "a", "nonce": "n", "argv": (), "env": {}, "cwd": "/", "conversation": None}
    plain |= {"resume": False, "wish": None, "load": "either", "policy": "ask", "patience": 600.0, "mcp_servers": []}
    plain |= {"prompt": None, "notices": (), "opening": 1.0, "grace": 1.0, "other_minute": False}
    return Spec(socket=place / "s", statement=place / "said", journal=place / "journal" / "a", **plain)


@asynccontextmanager
async def a_scene() -> AsyncIterator[Scene]:
    with tempfile.TemporaryDirectory() as place:
        scene = Scene(Path(place))
        await scene.begin()
        try:
            yield scene
        finally:
            await scene.end()


def played(scene: Coroutine[Any, Any, T]) -> T:
    """Run a scene in which nothing may fail unseen: a callback that raises would be a message half taken."""
    failures: list[dict[str, Any]] = []

    async def watched() -> T:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        return await scene

    result = asyncio.run(watched())
    assert failures == []
    return result


async def sent(writer: asyncio.StreamWriter, data: bytes, places: list[int]) -> None:
    """Send bytes in pieces, each by itself."""
    edges = sorted(place % (len(data) + 1) for place in places)
    for start, end in zip([0, *edges], [*edges, len(data)], strict=True):
        writer.write(data[start:end])
        await writer.drain()
        await asyncio.sleep(0)


def lines(messages: list[bytes]) -> bytes:
    return b"".join(message + b"\n" for message in messages)


pieces = st.lists(st.integers(0, 1 << 30), max_size=6)


@settings(deadline=None)
@given(st.lists(noise, max_size=8), pieces)
def test_a_turn_ends_whatever_the_agent_says_in_it(said: list[bytes], places: list[int]) -> None:
    async def scene() -> None:
        async with a_scene() as stage:
            for text in ("one", "two"):  # and the next turn finds the wire as it was
                ident, end = await stage.prompt()
                chunk = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
                update = line_of({"method": "session/update", "params": {"sessionId": "talk", "update": chunk}})
                answer = line_of({"id": ident, "result": {"stopReason": "end_turn"}})
                await sent(stage.writes, lines(said) + update + answer, places)

                async with asyncio.timeout(WITHIN):
                    assert (await end)["stopReason"] == "end_turn"
                assert stage.session.journal.past.running is None
            assert stage.session.journal.past.turns == 2

    played(scene())


@settings(deadline=None)
@given(endings, ends)
@example(None, "error")
@example({"_meta": [1]}, "result")
def test_a_turn_ends_however_the_agent_words_it(said: Any, word: str) -> None:
    async def scene() -> None:
        async with a_scene() as stage:
            ident, end = await stage.prompt()
            stage.writes.write(line_of({"id": ident, word: said}))

            async with asyncio.timeout(WITHIN):
                await asyncio.wait([end])
            ident, end = await stage.prompt()
            stage.writes.write(line_of({"id": ident, "result": None}))
            async with asyncio.timeout(WITHIN):
                assert (await end)["stopReason"] == "end_turn"
            assert stage.session.journal.past.turns == 2

    played(scene())


@settings(deadline=None)
@given(st.lists(noise, max_size=8), pieces, st.integers(0, 1 << 30))
def test_a_turn_whose_agent_goes_in_the_middle_of_a_word_is_told_as_that(
    said: list[bytes], places: list[int], cut: int
) -> None:
    async def scene() -> None:
        async with a_scene() as stage:
            ident, end = await stage.prompt()
            data = lines(said) + line_of({"id": ident, "result": {"stopReason": "end_turn"}})[:-2]
            await sent(stage.writes, data[: cut % (len(data) + 1)], places)
            stage.writes.write_eof()

            async with asyncio.timeout(WITHIN):
                with pytest.raises(RpcError, match="the agent ended"):
                    await end
            assert stage.session.journal.past.running is None

    played(scene())


@settings(deadline=None)
@given(st.lists(noise, max_size=8), pieces)
def test_a_front_end_disturbs_nobody(said: list[bytes], places: list[int]) -> None:
    """It is still answered itself, and the turn that another one began goes on."""

    async def scene() -> None:
        async with a_scene() as stage:
            ident, end = await stage.prompt()
            reads, writes = await stage.front()
            await sent(writes, lines(said) + line_of(PROBE), places)
            async with asyncio.timeout(WITHIN):
                while json.loads(await reads.readline()).get("id") != "probe":
                    pass

            stage.writes.write(line_of({"id": ident, "result": {"stopReason": "end_turn"}}))
            async with asyncio.timeout(WITHIN):
                assert (await end)["stopReason"] in {"end_turn", "cancelled"}

    played(scene())
