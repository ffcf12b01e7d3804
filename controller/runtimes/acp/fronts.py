"""Everybody at the socket: each hears the same conversation, and none can hold it up."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Final

from ...wire.jsonrpc import Answer, Failure, notification
from ...wire.ndjson import Message, line_of
from .asks import Ask, Asks
from .journal import Entry
from .peer import Peer

HANG_UP: Final = 1 << 20
"""Bytes that a front end may leave unread, besides the longest message on its way: that may be of any length."""
_LAST_ANSWERS: Final = 1.0
"""Seconds for answers at the session's end: all that is waited for has ended by then, or was called off."""

Answers = Callable[["FrontEnd", str, Message], Awaitable[Any]]
Hears = Callable[["FrontEnd", str, Message], None]


class FrontEnd:
    """One connection.

    :ivar joined: it has opened the session, and hears updates as any client of the protocol does.
    :ivar following: it hears the journal's entries.
    :ivar name: how it calls itself.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answers, heard: Hears
    ) -> None:
        """Begin as one who only asks."""
        self._answer = answer
        self._longest = 0
        self.peer = Peer(reader, writer, on_request=self._asked, on_notify=partial(heard, self))
        self.joined = False
        self.following = False
        self.name = "front-end"

    @property
    def attends(self) -> bool:
        """Whether it follows the conversation, in one way or the other."""
        return self.joined or self.following

    async def _asked(self, method: str, params: Message) -> Any:
        """Answer a request; one who asks and asks and reads no answer is not answered."""
        if self.peer.unsent > HANG_UP:
            self.peer.abort()
        return await self._answer(self, method, params)

    def write(self, line: bytes) -> None:
        """Send a line; to one who does not read, no more: it can come back and ask for what it missed."""
        unsent = self.peer.unsent
        self._longest = max(len(line), self._longest if unsent else 0)
        if unsent > HANG_UP + self._longest:
            self.peer.abort()
        else:
            self.peer.write(line)

    async def leave(self) -> None:
        """Let it go, once it has its answers."""
        await self.peer.settled(_LAST_ANSWERS)
        await self.peer.close()

    def show(self, ask: Ask, asks: Asks, conversation: str) -> None:
        """Ask it a question of the agent's; what is no answer to it is passed over."""

        def answered(end: Answer | Failure | None) -> None:
            if isinstance(end, Answer):
                asks.answer_with(ask, end.result, self.name)

        if not self.peer.over:
            self.peer.post("session/request_permission", ask.params | {"sessionId": conversation}, answered)


class FrontEnds:
    """The connections that there are."""

    def __init__(self) -> None:
        """Have none."""
        self.all: set[FrontEnd] = set()

    @property
    def attending(self) -> list[FrontEnd]:
        """Those who follow the conversation."""
        return [front for front in self.all if front.attends]

    def tell(self, entry: Entry, line: bytes) -> None:
        """Pass an entry of the journal on, the moment it is written."""
        _write(entry_line(line), (front for front in self.all if front.following))
        if entry["kind"] == "status":
            noted = {key: entry.get(key) for key in ("status_type", "text", "from_model", "to_model")}
            _write(line_of(notification("_muster/note", noted)), self._joined())

    def update(self, conversation: str, update: Message, but: object = None) -> None:
        """Pass an update of the conversation on, to all but one."""
        _write(update_line(conversation, update), (front for front in self._joined() if front is not but))

    def echo(self, conversation: str, blocks: list[Any], but: object) -> None:
        """Tell the others what one of them has said."""
        for update in user_chunks(blocks):
            self.update(conversation, update, but)

    def _joined(self) -> Iterable[FrontEnd]:
        return (front for front in list(self.all) if front.joined)


def entry_line(line: bytes) -> bytes:
    """Return a line of the journal as it goes to who follows it."""
    return b'{"jsonrpc":"2.0","method":"_muster/entry","params":{"entry":' + line + b"}}\n"


def update_line(conversation: str, update: Message) -> bytes:
    """Return an update as the protocol has it."""
    return line_of(notification("session/update", {"sessionId": conversation, "update": update}))


def user_chunks(blocks: list[Any]) -> list[Message]:
    """Return a prompt as updates."""
    return [{"sessionUpdate": "user_message_chunk", "content": block} for block in blocks]


def _write(line: bytes, fronts: Iterable[FrontEnd]) -> None:
    for front in fronts:
        front.write(line)
