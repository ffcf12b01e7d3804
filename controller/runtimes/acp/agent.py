"""The agent's process: its stdio, which only the keeper holds, its process group, and its end."""

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from typing import Final

from ...wire.ndjson import Junk
from ..proc import ENDED, Stat, all_pids, stat_of
from .peer import OnNotify, OnRequest, Peer
from .says import complain
from .spec import Spec

_LAST_OUTPUT: Final = 0.5
"""Seconds for what an agent wrote just before its end; a process that it left behind may hold its output open."""
_RUNGS: Final = ((signal.SIGTERM, 1.0), (signal.SIGKILL, 2.0))
"""Signals for what outlives a closed input, and the seconds that each has; the kernel may need a while to clear up."""
_LOOK: Final = 0.01


class Agent:
    """One running agent."""

    def __init__(self, process: "subprocess.Popen[bytes]", peer: Peer) -> None:
        """Watch a process that has just been started."""
        self.peer = peer
        self.pid = process.pid
        self.gone = asyncio.Event()
        """Set when it has ended, or says nothing more: both end the session."""
        self._process = process
        self._exited = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._look)
        self._look()  # it may have ended before we listened
        peer.start().add_done_callback(lambda _: self.gone.set())

    @property
    def exit(self) -> str | None:
        """How it ended: "exit 3", "signal 9"; ``None`` while it lives."""
        code = self._process.poll()
        if code is None:
            return None
        return f"exit {code}" if code >= 0 else f"signal {-code}"

    @property
    def code(self) -> int:
        """The exit code that a shell would give to its end; 0 while it lives."""
        code = self._process.poll() or 0
        return code if code >= 0 else 128 - code

    def _look(self) -> None:
        if self._process.poll() is not None and not self._exited.is_set():
            self._exited.set()
            asyncio.get_running_loop().call_later(_LAST_OUTPUT, self.gone.set)

    async def leave(self, grace: float) -> None:
        """Close its input, and end it and the rest of its group; return when all of it is proven gone."""
        self.peer.end_output()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._exited.wait(), grace)
        for number, within in _RUNGS:
            if not (left := self._members()):
                break
            _send(self.pid, left, number)
            await self._all_ended(within)
        await self._last_output()
        if left := self._members():
            complain(f"cannot end {', '.join(str(member.pid) for member in left)}: still there after SIGKILL")

    async def _last_output(self) -> None:
        """Take in what it said at the end; then nothing more is waited for."""
        if self.peer.running is not None:
            await asyncio.wait([self.peer.running], timeout=_LAST_OUTPUT)
        self.peer.give_up()

    async def _all_ended(self, within: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                # No event of ours tells the end of what the agent itself started.
                while self._members():  # noqa: ASYNC110 - see above
                    await asyncio.sleep(_LOOK)

    def _members(self) -> list[Stat]:
        """Return what lives of the agent's group; where our session is our own, all that lives in it."""
        self._process.poll()
        own = os.getsid(0)
        rows = [row for pid in all_pids() if (row := _seen(pid)) is not None and row.session == own]
        alone = own == os.getpid()
        return [row for row in rows if row.state not in ENDED and (row.group == self.pid or (alone and row.pid != own))]


def spawn(spec: Spec) -> "subprocess.Popen[bytes]":
    """Start the agent in a process group of its own; it inherits the run lock, so no second one starts beside it.

    :raises OSError: when its program is not there or cannot be run.
    """
    return subprocess.Popen(
        spec.argv,
        env=spec.env,
        cwd=spec.cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        close_fds=False,
        process_group=0,
    )


async def connect(process: "subprocess.Popen[bytes]", on_request: OnRequest, on_notify: OnNotify) -> Agent:
    """Return the agent, ready to be spoken to."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), process.stdout)
    # The protocol for reading also knows when writing must wait; the public one for writing alone is private.
    outgoing, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), process.stdin
    )
    writer = asyncio.StreamWriter(outgoing, protocol, None, loop)
    return Agent(process, Peer(reader, writer, on_request=on_request, on_notify=on_notify, on_junk=_log_junk))


def _log_junk(junk: Junk) -> None:
    """Keep what the agent says to people: some print a banner where only messages belong."""
    complain(f"passed over ({junk.why}): {junk.start}")


def _seen(pid: int) -> Stat | None:
    try:
        return stat_of(pid)
    except PermissionError:  # hidden by the system: not one of ours
        return None


def _send(group: int, left: list[Stat], number: signal.Signals) -> None:
    """Signal the group as a whole, so that nobody is forked past it, and those in groups of their own."""
    with suppress(ProcessLookupError, PermissionError):
        if any(member.group == group for member in left):
            os.killpg(group, number)
    for member in left:
        now = stat_of(member.pid)
        if member.group != group and now is not None and now.ticks == member.ticks:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(member.pid, number)
