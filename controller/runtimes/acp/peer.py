"""One end of a JSON-RPC conversation in lines: requests both ways, notifications, and all of it in order.

Written by hand, for the public SDK drops what it does not know (the legacy list of models, new kinds of updates), runs
notifications as tasks of their own and lets their order go (facts/acp-mcp.md, 3).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from ...errors import MusterError
from ...wire import jsonrpc
from ...wire.jsonrpc import Answer, Code, Failure, Malformed, Notification, Request
from ...wire.ndjson import Junk, Lines, Message, line_of

_CHUNK: Final = 1 << 16
_LAST_WORDS: Final = 1.0
"""Seconds for the other side to take what was written before we left."""


class RpcError(MusterError):
    """The other side answered with an error; or, raised while answering, the error to answer with."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        """Keep the code, which decides, beside the sentence."""
        super().__init__(message)
        self.code = code
        self.data = data


OnRequest = Callable[[str, Message], Awaitable[Any]]
OnNotify = Callable[[str, Message], None]
OnEnd = Callable[[Answer | Failure | None], None]
"""Told what a request came to; ``None`` when the other side has gone."""


async def no_method(method: str, params: Message) -> Any:
    """Answer any request: we do nothing for the other side.

    :raises RpcError: always.
    """
    raise RpcError(Code.NO_METHOD, f"method not found: {method}")


def nothing(method: str, params: Message) -> None:
    """Pass over any notification."""


class Peer:
    """Whom we speak with.

    Everything that comes is taken up in the order in which it came: a request's first step, a notification, and what
    waits for an answer by ``post``.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        on_request: OnRequest = no_method,
        on_notify: OnNotify = nothing,
        on_junk: Callable[[Junk], None] = lambda _: None,
    ) -> None:
        """Speak over two streams; nothing is read before ``run``."""
        self._reader = reader
        self._writer = writer
        self._on_request = on_request
        self._on_notify = on_notify
        self._on_junk = on_junk
        self._lines = Lines()
        self._waiting: dict[int, OnEnd] = {}
        self._last_id = 0
        self._answering: set[asyncio.Task[None]] = set()
        self._over = False
        self.running: asyncio.Task[None] | None = None

    def start(self) -> "asyncio.Task[None]":
        """Read in a task of its own, and return it."""
        self.running = asyncio.get_running_loop().create_task(self.run())
        return self.running

    async def request(self, method: str, params: Message, within: float | None = None) -> Any:
        """Return the result of a request.

        :raises RpcError: when the other side answers with an error.
        :raises ConnectionError: when it has gone, or goes before it answers.
        :raises TimeoutError: after ``within`` seconds; its answer is not waited for any more.
        """
        ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        number = self.post(method, params, lambda end: _settle(ended, end))
        try:
            async with asyncio.timeout(within):
                return await ended
        finally:
            self._waiting.pop(number, None)

    def post(self, method: str, params: Message, on_end: OnEnd) -> int:
        """Send a request whose end is told at its place in the order of what comes; return its number.

        :raises ConnectionError: when the other side has gone.
        """
        if self._over:
            raise ConnectionResetError(f"cannot ask for {method}: the other side has gone")
        self._last_id += 1
        self._waiting[self._last_id] = on_end
        self.send(jsonrpc.request(self._last_id, method, params))
        return self._last_id

    def notify(self, method: str, params: Message) -> None:
        """Send a notification; to one who has gone, nothing."""
        self.send(jsonrpc.notification(method, params))

    def send(self, message: Message) -> None:
        """Send a message."""
        self.write(line_of(message))

    def write(self, line: bytes) -> None:
        """Send a line that is whole; to one who has gone, nothing."""
        if not self._writer.is_closing():
            self._writer.write(line)

    @property
    def over(self) -> bool:
        """Whether the other side has gone, or we have left."""
        return self._over

    @property
    def unsent(self) -> int:
        """How many bytes the other side has not taken yet."""
        return self._writer.transport.get_write_buffer_size()

    async def drained(self) -> None:
        """Wait until the other side has taken most of what was sent.

        :raises ConnectionError: when it has gone.
        """
        await self._writer.drain()

    def end_output(self) -> None:
        """Write no more, and go on reading: how an agent is told to leave."""
        self._writer.close()

    async def run(self) -> None:
        """Read until the other side ends; then what was asked of it fails, and what it asked for is called off."""
        try:
            while chunk := await self._reader.read(_CHUNK):
                for message in self._lines.feed(chunk):
                    self._take(message)
            if (last := self._lines.rest()) is not None:
                self._take(last)
        except OSError:  # reset: it went without reading what we had sent
            pass
        finally:
            # After what is already in the loop's queue: those callbacks came first.
            asyncio.get_running_loop().call_soon(self.give_up)
        await asyncio.sleep(0)

    async def settled(self, within: float) -> None:
        """Wait until everything that the other side has asked is answered, but not for ever."""
        if self._answering:
            await asyncio.wait(self._answering, timeout=within)

    async def close(self) -> None:
        """Leave, once the other side has taken what was written; it has a second."""
        self.give_up()
        self._writer.close()
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), _LAST_WORDS)
        self.abort()
        if self.running is not None:
            await asyncio.wait([self.running])

    def abort(self) -> None:
        """Leave at once: what was not read is lost."""
        self.give_up()
        self._writer.transport.abort()

    def give_up(self) -> None:
        """Let nobody wait for the other side any longer, and answer it no more."""
        self._over = True
        waiting, self._waiting = self._waiting, {}
        for on_end in waiting.values():
            on_end(None)
        for task in self._answering:
            task.cancel()

    def _take(self, message: Message | Junk) -> None:
        loop = asyncio.get_running_loop()
        if isinstance(message, Junk):
            loop.call_soon(self._on_junk, message)
            return
        match jsonrpc.classify(message):
            case Request() as asked:
                task = loop.create_task(self._answer(asked))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
            case Notification() as said:
                loop.call_soon(self._on_notify, said.method, said.params)
            case Answer() | Failure() as end:
                loop.call_soon(self._ended, end)
            case Malformed() as malformed:
                self._refuse(malformed)

    async def _answer(self, asked: Request) -> None:
        try:
            said = jsonrpc.answer(asked.id, await self._on_request(asked.method, asked.params))
        except RpcError as error:
            said = jsonrpc.failure(asked.id, error.code, error.message, error.data)
        except MusterError as error:
            said = jsonrpc.failure(asked.id, Code.INTERNAL, error.message)
        except Exception as error:  # noqa: BLE001 - whoever asked must not wait for ever on a mistake of ours
            said = jsonrpc.failure(asked.id, Code.INTERNAL, f"{type(error).__name__}: {error}")
        self.send(said)

    def _ended(self, end: Answer | Failure) -> None:
        """Tell who waits for it; an answer that nobody waits for is passed over."""
        if isinstance(end.id, int) and (on_end := self._waiting.pop(end.id, None)):
            on_end(end)

    def _refuse(self, malformed: Malformed) -> None:
        if malformed.wants_answer:
            self.send(jsonrpc.failure(malformed.id, Code.INVALID_REQUEST, malformed.why))


def _settle(ended: "asyncio.Future[Any]", end: Answer | Failure | None) -> None:
    if ended.done():
        return
    match end:
        case Answer():
            ended.set_result(end.result)
        case Failure():
            ended.set_exception(RpcError(end.code, end.message, end.data))
        case None:
            ended.set_exception(ConnectionResetError("the other side has gone"))
