"""The controller's end of the launcher: orders out, starts and exits in (see ``launcher.py`` for the words)."""

import asyncio
import itertools
import json
import select
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from ..settings import self_spawn

_END: Final = 5.0
"""Seconds for an idle launcher to end after its socket closes; it needs a few milliseconds."""
_CHUNK: Final = 1 << 16


class LauncherLost(Exception):
    """The launcher ended before it answered: what it was told may or may not have happened."""


class Spawner:
    """One launcher process, started when it is first needed and again when it has died."""

    def __init__(self, exited: Callable[[int, int, int], None]) -> None:
        """Call ``exited`` with the pid, the start ticks and waitpid's status of every session that ends."""
        self._exited = exited
        self._started: dict[int, int] = {}
        """Pid to start ticks of those whose end this launcher is still to tell."""
        self._numbers = itertools.count()
        self._answers: dict[int, asyncio.Future[dict[str, Any] | None]] = {}
        self._program: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._received = b""
        self._unsent = bytearray()

    async def launch(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return what the launcher answers to an order.

        :raises LauncherLost: when it died over it.
        """
        self._receive()  # it may have died unnoticed since the last order
        link = self._link or self._open()
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        waiting = bool(self._unsent)  # for room, of which the loop tells
        try:
            self._unsent += json.dumps({"id": number, "order": order}).encode() + b"\n"
            if not waiting:
                self._send(link)
            said = await answer
        finally:
            self._answers.pop(number, None)
        if said is None:
            raise LauncherLost
        return said

    def _send(self, link: socket.socket) -> None:
        """Send what the socket takes now, and the rest when it takes more."""
        with suppress(BlockingIOError, ConnectionError):  # a lost one is told by reading
            del self._unsent[: link.send(self._unsent)]
        loop = asyncio.get_running_loop()
        if self._unsent:
            loop.add_writer(link, self._send, link)
        else:
            loop.remove_writer(link)

    def _open(self) -> socket.socket:
        """Start a launcher in a session of its own: a Ctrl-C at our terminal is not for it.

        It happens once in a controller's life and takes a millisecond, so it need not leave the event loop.
        """
        if self._program is not None:
            self._program.wait(_END)  # it hung up, which is the last that it does
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            self._program = subprocess.Popen(
                self_spawn("launcher"),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        asyncio.get_running_loop().add_reader(ours, self._receive)
        self._link, self._received, self._unsent = ours, b"", bytearray()
        return ours

    def will_tell(self, pid: int, ticks: int) -> bool:
        """Tell whether the launcher is still to say how a process ended."""
        return self._started.get(pid) == ticks

    def hear(self, enough: Callable[[], bool], within: float) -> None:
        """Take in what is on its way, at most so many seconds, without going back to the event loop."""
        deadline = time.monotonic() + within
        while self._link is not None and not enough() and (left := deadline - time.monotonic()) > 0:
            poll = select.poll()
            poll.register(self._link, select.POLLIN)
            if poll.poll(left * 1000):
                self._receive()

    def _receive(self) -> None:
        """Hand out what has come; when the launcher is gone, tell everyone who still waits."""
        if self._link is None:
            return
        try:
            chunk = self._link.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._hang_up()
        *lines, self._received = (self._received + chunk).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        if "exit" in message:
            if (ticks := self._started.pop(message["exit"], None)) is not None:
                self._exited(message["exit"], ticks, message["status"])
            return
        if "pid" in message:  # noted here: its end may be the next line, before whoever waits for the answer has it
            self._started[message["pid"]] = message["ticks"]
        if (answer := self._answers.get(message["id"])) is not None and not answer.done():
            answer.set_result(message)

    def _hang_up(self) -> None:
        """Let the link go; an order without an answer will not get one any more."""
        if self._link is not None:
            asyncio.get_running_loop().remove_reader(self._link)
            asyncio.get_running_loop().remove_writer(self._link)
            self._link.close()
        self._link = None
        self._started.clear()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result(None)

    async def close(self) -> None:
        """Let the launcher go; it ends by itself, and no session with it."""
        self._hang_up()
        if self._program is not None:
            await asyncio.to_thread(self._program.wait, _END)
            self._program = None
