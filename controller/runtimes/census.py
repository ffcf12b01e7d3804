"""One look at all processes, and which of them belong to a session's leader."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ..model.observed import ProcessIdentity
from .proc import ENDED, Stat, all_pids, boot_id, stat_of, words_of

_BATCH: Final = 256
"""Processes read between two breaths of the event loop: about 3 ms (facts/controllers.md 3.2)."""

_Index = defaultdict[int, list[int]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The processes of one look, by pid and by what ties them together."""

    rows: dict[int, Stat] = field(default_factory=dict)
    children: _Index = field(default_factory=lambda: defaultdict(list))
    sessions: _Index = field(default_factory=lambda: defaultdict(list))
    groups: _Index = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Stat) -> None:
        """Take one process in."""
        self.rows[row.pid] = row
        self.children[row.parent].append(row.pid)
        self.sessions[row.session].append(row.pid)
        self.groups[row.group].append(row.pid)

    def identity(self, pid: int) -> ProcessIdentity:
        """Return which process stood under a pid."""
        return ProcessIdentity(boot_id=boot_id(), pid=pid, ticks=self.rows[pid].ticks)


def _take(seen: Snapshot) -> Iterator[None]:
    """Read all processes into a snapshot, with a pause for others after every batch."""
    for number, pid in enumerate(all_pids(), start=1):
        try:
            row = stat_of(pid)
        except PermissionError:  # hidden by the system: not one of ours
            row = None
        if row is not None:
            seen.add(row)
        if number % _BATCH == 0:
            yield


def look() -> Snapshot:
    """Look at all processes now."""
    seen = Snapshot()
    for _ in _take(seen):
        pass
    return seen


class Census:
    """Looks that are shared: all who ask before a look begins get the same one.

    A thousand stops at once cost a look or two, not a thousand. It runs on the event loop in small batches: in a
    thread every read would wait for the interpreter's lock, milliseconds each while the loop is busy.
    """

    def __init__(self) -> None:
        self._running = asyncio.Lock()
        self._next: asyncio.Task[Snapshot] | None = None

    async def look(self) -> Snapshot:
        """Return a look that began after this call."""
        if self._next is None:
            self._next = asyncio.create_task(self._look())
        return await asyncio.shield(self._next)

    async def _look(self) -> Snapshot:
        async with self._running:
            self._next = None
            seen = Snapshot()
            for _ in _take(seen):
                await asyncio.sleep(0)
            return seen


def members(leader: ProcessIdentity, seen: Snapshot | None = None) -> tuple[ProcessIdentity, ...]:
    """Return all processes but the leader that belong to it: its session, its group, and all descendants of these.

    Empty when the leader is not there any more: its number may then mean anybody. Never the calling process.
    """
    seen = seen or look()
    row = seen.rows.get(leader.pid)
    if leader.boot_id != boot_id() or row is None or row.ticks != leader.ticks:
        return ()
    roots = [leader.pid, *seen.sessions.get(leader.pid, ()), *seen.groups.get(leader.pid, ())]
    return _living((pid for pid in _reached(roots, seen, leader.ticks) if pid != leader.pid), seen)


def descendants(roots: Iterable[ProcessIdentity], seen: Snapshot) -> tuple[ProcessIdentity, ...]:
    """Return what stems from processes that are still who they were: for members that fork while they are stopped."""
    found: set[int] = set()
    for root in roots:
        row = seen.rows.get(root.pid)
        if row is not None and row.ticks == root.ticks:
            found |= _reached([root.pid], seen, root.ticks)
    return _living(found, seen)


def _reached(roots: list[int], seen: Snapshot, not_before: int) -> set[int]:
    """Walk down from the roots; what started before the leader cannot stem from it."""
    reached: set[int] = set()
    todo = list(roots)
    while todo:
        pid = todo.pop()
        if pid not in reached and seen.rows[pid].ticks >= not_before:
            reached.add(pid)
            todo += seen.children.get(pid, ())
    return reached - {os.getpid()}


def _living(pids: Iterable[int], seen: Snapshot) -> tuple[ProcessIdentity, ...]:
    return tuple(seen.identity(pid) for pid in sorted(pids) if seen.rows[pid].state not in ENDED)


def orphans(leader: ProcessIdentity, seen: Snapshot) -> tuple[ProcessIdentity, ...]:
    """Return what a leader that is gone left in its session.

    The session's number alone is no proof once the leader is gone, so each must also carry the launch's nonce. While
    its zombie is there, which a lazy PID 1 does not collect, the number is nobody else's.
    """
    if not leader.nonce or leader.boot_id != boot_id():
        return ()
    if row := seen.rows.get(leader.pid):
        return members(leader, seen) if row.state in ENDED else ()
    marker = f"MUSTER_NONCE={leader.nonce}".encode()
    rows = (seen.rows[pid] for pid in seen.sessions.get(leader.pid, ()))
    return tuple(
        seen.identity(row.pid)
        for row in rows
        if row.ticks >= leader.ticks and row.state not in ENDED and marker in words_of(row.pid, "environ")
    )


def innermost(leader: ProcessIdentity, seen: Snapshot | None = None) -> ProcessIdentity:
    """Return the program inside its wrappers: the last child in a row that carries its parent's last words.

    Wrappers pass their arguments on; tools and servers that an agent starts have arguments of their own
    (facts/other-agents.md, trap 4). The leader itself when it wraps nothing or its words cannot be read.
    """
    seen = seen or look()
    here = leader.pid
    words = words_of(here, "cmdline")[-2:]
    while all(words) and len(words) == 2:
        inner = [
            pid
            for pid in seen.children.get(here, ())
            if seen.rows[pid].ticks >= leader.ticks and words_of(pid, "cmdline")[-2:] == words
        ]
        if not inner:
            break
        here = min(inner, key=lambda pid: seen.rows[pid].ticks)
    return leader if here == leader.pid else seen.identity(here)
