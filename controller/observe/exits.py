"""The moment a process ends, told to the event loop: by pidfd where there is one, else by looking now and then."""

import asyncio
import os
import select
from collections.abc import Callable, Collection
from typing import Final

from ..model.observed import ProcessIdentity
from ..runtimes.identity import open_verified
from .presence import still

_POLL: Final = 0.5
"""Seconds between two looks at processes that give no notice."""


class Exits:
    """Watches processes; ours for good, whoever their parent is.

    Each watch ends with its one call. All of it belongs to the event loop that runs when it is used.
    """

    def __init__(self, ended: Callable[[str], None]) -> None:
        """Prepare to call ``ended`` with a session's name when its process has ended."""
        self._ended = ended
        self._watched: dict[str, ProcessIdentity] = {}
        self._pidfds: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, name: str, identity: ProcessIdentity) -> None:
        """Watch a session's process instead of whatever was watched under its name."""
        if (known := self._watched.get(name)) and known.same(identity):
            return
        self.unwatch(name)
        self._watched[name] = identity
        try:
            pidfd = open_verified(identity)
        except OSError:  # no file descriptors left, say
            pidfd = None
        if pidfd is None:
            self._poll_in(0.0)
            return
        self._pidfds[name] = pidfd
        asyncio.get_running_loop().add_reader(pidfd, self._end, name)

    def unwatch(self, name: str) -> None:
        """Stop watching; no call comes any more."""
        self._watched.pop(name, None)
        if (pidfd := self._pidfds.pop(name, None)) is not None:
            asyncio.get_running_loop().remove_reader(pidfd)
            os.close(pidfd)

    def living(self, names: Collection[str]) -> frozenset[str]:
        """Return those names whose processes are proven to live at this instant; none without a pidfd is among them.

        A tenth of a millisecond for a thousand, where asking the system for each takes eleven.
        """
        pidfds = {name: pidfd for name in names if (pidfd := self._pidfds.get(name)) is not None}
        poll = select.poll()
        for pidfd in pidfds.values():
            poll.register(pidfd, select.POLLIN)
        ended = {pidfd for pidfd, _ in poll.poll(0)}
        return frozenset(name for name, pidfd in pidfds.items() if pidfd not in ended)

    def close(self) -> None:
        """Stop watching everything."""
        for name in tuple(self._watched):
            self.unwatch(name)
        if self._timer is not None:
            self._timer.cancel()

    def _end(self, name: str) -> None:
        self.unwatch(name)
        self._ended(name)

    def _poll_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._poll)

    def _poll(self) -> None:
        """Look at the processes that give no notice."""
        for name in [name for name in self._watched if name not in self._pidfds]:
            identity = self._watched.get(name)
            if identity is not None and not still(identity):
                self._end(name)
        if len(self._watched) > len(self._pidfds):
            self._poll_in(_POLL)
