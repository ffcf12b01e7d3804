"""What has to be looked at again, and when: a set of names and a few due times."""

import asyncio
from contextlib import suppress
from typing import Final

ALL: Final = None
"""In place of names: everything."""


class Queue:
    """Collects wake-ups between passes; asking twice for the same name is asking once."""

    def __init__(self) -> None:
        """Start empty."""
        self._names: set[str] = set()
        self._all = False
        self._rescan = False
        self._due: dict[str, float] = {}
        self._all_due = float("inf")
        self._event = asyncio.Event()

    def wake(self, *names: str) -> None:
        """Look at these sessions as soon as possible."""
        self._names.update(names)
        self._event.set()

    def wake_all(self, *, rescan: bool = False) -> None:
        """Read the files and look at every session; with ``rescan`` also scan the machine's processes."""
        self._all = True
        self._rescan |= rescan
        self._event.set()

    def at(self, name: str, loop_time: float) -> None:
        """Look at a session at a time of the event loop's clock; the earliest wins."""
        self._due[name] = min(loop_time, self._due.get(name, float("inf")))

    def all_in(self, seconds: float) -> None:
        """Read the files and look at everything in so many seconds, or earlier when that was asked for."""
        self._all_due = min(self._all_due, asyncio.get_running_loop().time() + seconds)

    async def next(self, *, timeout: float) -> "Turn":
        """Wait until something is due, at most ``timeout`` seconds, and take it all.

        A timeout is a turn for everything: rescans are the truth and events only hints.
        """
        loop = asyncio.get_running_loop()
        self.all_in(timeout)
        first_due = min([self._all_due, *self._due.values()]) - loop.time()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, first_due)):
                await self._event.wait()
        self._event.clear()
        return self._take(loop.time())

    def _take(self, now: float) -> "Turn":
        self._all |= self._all_due <= now
        due = {name for name, at in self._due.items() if at <= now}
        turn = Turn(names=ALL if self._all else frozenset(self._names | due), rescan=self._rescan)
        for name in due:
            del self._due[name]
        if self._all:
            self._due.clear()
            self._all_due = float("inf")
        self._names, self._all, self._rescan = set(), False, False
        return turn


class Turn:
    """What one pass looks at.

    :ivar names: the sessions, or ``ALL``; only a pass over all reads the files.
    """

    def __init__(self, *, names: frozenset[str] | None, rescan: bool) -> None:
        """Keep what is due."""
        self.names = names
        self.rescan = rescan
