"""A front end's line to the keeper of a headless session, held over restarts of the session."""

import asyncio
import secrets
import sys
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from ..errors import MusterError
from ..runtimes.acp import door
from ..runtimes.acp.peer import Peer, RpcError, no_method
from ..views.conversation import Entry
from ..wire.acp import blocks_of
from ..wire.jsonrpc import Answer, Code, Failure
from ..wire.statement import Statement
from . import talk_state

if TYPE_CHECKING:
    from ..settings import Settings

_AGAIN_SECONDS: Final = 0.05
"""Between two tries to reach a keeper that is being started."""
_LOOK_SECONDS: Final = 2.0
"""Between two looks whether it is worth waiting for; one costs some tenths of a second."""
_PATIENCE_SECONDS: Final = 600.0
"""For a keeper that does not come though it should: stops and starts of a slow agent, one after another."""
_ANSWER_SECONDS: Final = 10.0
_PERMISSION: Final = "session/request_permission"


class Sign(Enum):
    """What happens to the line itself. LIVE: what was there has been told. LOST: the keeper has gone."""

    LIVE = "live"
    LOST = "lost"


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """The agent asks for permission; whoever answers first is heard.

    :ivar params: the request, with ``toolCall`` and ``options``.
    :ivar answer: the outcome to answer with; done also when nobody waits for it any more.
    """

    params: dict[str, Any]
    answer: "asyncio.Future[dict[str, Any]]"


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """A prompt of ours that the keeper did not take."""

    text: str
    why: str


Heard = Entry | Question | Refused | Sign


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """A prompt that the journal does not hold yet, as far as we have heard."""

    text: str


class Talk:
    """One front end. What it says is neither lost nor said twice when the session is restarted meanwhile.

    :ivar by: the name under which the journal knows its prompts; nobody else has it.
    :ivar mine: the ids of its prompts.
    """

    def __init__(self, settings: "Settings", name: str, who: str, *, asked: bool = False) -> None:
        """Reach nobody yet.

        :param who: what kind of front end this is.
        :param asked: the agent's questions for permission come here too.
        """
        self.by = f"{who} {secrets.token_hex(3)}"
        self.mine: set[str] = set()
        self._settings = settings
        self._name = name
        self._asked = asked
        self._peer: Peer | None = None
        self._conversation = ""
        self._news: asyncio.Queue[Heard] = asyncio.Queue()
        self._last = 0
        self._live = False
        self._unheard: deque[_Said] = deque()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._peer is not None:
            await self._peer.close()

    @property
    def owes(self) -> bool:
        """Whether something was said that is not in the journal yet, as far as we have heard."""
        return bool(self._unheard)

    async def hear(self, since: int | None) -> AsyncGenerator[Heard]:
        """Yield every entry of the journal after that number, in order and once each, and those that will come.

        :param since: ``None`` for those that will come alone.
        :raises MusterError: when there is no keeper and none will come.
        """
        while True:
            peer = await self._opened(since)
            while (heard := await self._news.get()) is not Sign.LOST:
                if heard is Sign.LIVE:
                    since = self._last if since is None else since
                    self._begin()
                elif isinstance(heard, Mapping):
                    since = heard["n"]
                elif isinstance(heard, Refused) and not self._live:
                    raise MusterError(f"cannot hear {self._name}: {heard.why}")
                yield heard
            self._live = False
            await peer.close()
            yield Sign.LOST
            await asyncio.sleep(_AGAIN_SECONDS)

    def say(self, text: str) -> None:
        """Say something, as soon as somebody is there to hear it."""
        said = _Said(text)
        self._unheard.append(said)
        if self._live:
            self._post(said)

    def cancel(self) -> None:
        """Cancel our prompts that wait, else the turn that runs."""
        if self._live and self._peer is not None:
            self._peer.notify("session/cancel", {"sessionId": self._conversation})

    async def statement(self) -> Statement:
        """Return what the keeper says of its session.

        :raises ConnectionError: when there is none now.
        """
        if self._peer is None:
            raise ConnectionResetError("nobody was reached yet")
        return Statement.from_json(await self._peer.request("_muster/status", {}, _ANSWER_SECONDS))

    async def _opened(self, since: int | None) -> Peer:
        """Return a keeper that tells its journal; one that is being stopped is waited out."""
        while True:
            peer = await self._reach()
            try:
                hello = {
                    "protocolVersion": 1,
                    "clientCapabilities": {},
                    "clientInfo": {"name": self.by, "version": "1"},
                }
                said = await peer.request("initialize", hello)
                self._conversation = said["_meta"]["muster"]["conversation"]
                what = {"since": sys.maxsize if since is None else since, "follow": True}
                peer.post("_muster/replay", what, self._told)
                return peer
            except RpcError as error:
                await peer.close()
                if error.code != Code.NOT_READY:
                    raise
            except ConnectionError:
                await peer.close()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _reach(self) -> Peer:
        """Return a keeper, waiting for one as long as that makes sense."""
        now = asyncio.get_running_loop().time
        end, look = now() + _PATIENCE_SECONDS, now()
        while True:
            try:
                return await self._connected()
            except MusterError:
                if now() >= end:
                    raise
            if now() >= look:
                if why := await asyncio.to_thread(talk_state.hopeless, self._settings, self._name):
                    raise why
                look = now() + _LOOK_SECONDS
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _connected(self) -> Peer:
        news = self._news = asyncio.Queue()
        peer = self._peer = await door.connect(
            self._settings.keeper_socket(self._name),
            on_request=partial(_ask, news) if self._asked else None,
            on_notify=partial(self._hear, news),
        )
        assert peer.running is not None  # noqa: S101 - it is connected
        peer.running.add_done_callback(lambda _: news.put_nowait(Sign.LOST))
        return peer

    def _told(self, end: Answer | Failure | None) -> None:
        """Take in that what was there has been told; ``None`` is followed by the end of the line."""
        if isinstance(end, Answer):
            self._last = end.result["last"]
            self._news.put_nowait(Sign.LIVE)
        elif isinstance(end, Failure) and end.code != Code.NOT_READY:
            self._news.put_nowait(Refused("", end.message))
        elif self._peer is not None:  # it is being stopped
            self._peer.abort()

    def _begin(self) -> None:
        """Say what the journal does not hold: a keeper ended before it wrote it down, or there was none."""
        self._live = True
        for said in self._unheard:
            self._post(said)

    def _hear(self, news: "asyncio.Queue[Heard]", method: str, params: dict[str, Any]) -> None:
        """Take in an entry; our prompts come in the order in which they were said."""
        if method != "_muster/entry":
            return
        news.put_nowait(entry := params["entry"])
        if entry.get("kind") == "prompt" and entry.get("by") == self.by:
            self.mine.add(str(entry.get("id")))
            if self._unheard:
                self._unheard.popleft()

    def _post(self, said: _Said) -> None:
        if self._peer is not None:
            what = {"sessionId": self._conversation, "prompt": blocks_of(said.text)}
            with suppress(ConnectionError):  # it is said again to the next keeper
                self._peer.post("session/prompt", what, lambda end: self._refused(said, end))

    def _refused(self, said: _Said, end: Answer | Failure | None) -> None:
        """Tell of a prompt that the keeper did not take; what became of one that it took is in the journal."""
        if isinstance(end, Failure) and end.code != Code.NOT_READY and said in self._unheard:
            self._unheard.remove(said)
            self._news.put_nowait(Refused(said.text, end.message))


async def _ask(news: "asyncio.Queue[Heard]", method: str, params: dict[str, Any]) -> Any:
    if method != _PERMISSION:
        return await no_method(method, params)
    question = Question(params, asyncio.get_running_loop().create_future())
    news.put_nowait(question)
    return {"outcome": await question.answer}
