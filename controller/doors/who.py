"""Who runs a command: a person, or an AI in one of the sessions. Proof is asked of the kernel, never of the asker.

A process belongs to a session when the session's recorded process (boot id, pid, start ticks) is among its ancestors,
or leads its kernel session, its group or its cgroup: none of these can be joined from outside. The markers in the
environment are claims. One that the kernel does not confirm (another session's, one of a session that is gone, one of
another state directory, one whose process has detached itself) is a lie or cannot be told from one, and is refused: to
take it for a person's, or for that session's, could give more than the truth. Wiping one's own environment helps
nobody: the ancestors' are read as well. What a process of the same user can still do is in SECURITY.md.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import MusterError, NotAllowed
from ..runtimes.proc import Stat, boot_id, stat_of, words_of

if TYPE_CHECKING:
    from ..model.asker import Asker
    from ..model.observed import ProcessIdentity
    from ..model.record import SessionRecord
    from ..settings import Settings

    Leader = tuple[str, ProcessIdentity]

NAME, NONCE = "MUSTER_NAME", "MUSTER_NONCE"

_DEEPEST: Final = 1000
"""Ancestors; a chain that is longer goes round."""


class Claim(NamedTuple):
    """What an environment says."""

    name: str
    nonce: str


def who(settings: "Settings") -> "Asker":
    """Return who runs this process, for the sessions of this state.

    :raises NotAllowed: when a marker claims what cannot be confirmed.
    """
    return judged(_sessions(settings), list(lineage(os.getpid())), _claim(os.environ))


def judged(sessions: "Sequence[Leader]", line: "list[Stat]", claimed: Claim | None) -> "Asker":
    """Return who a process is.

    :param sessions: the processes of this state's sessions, by name.
    :param line: the process and its ancestors, the nearest first.
    :param claimed: the markers of its own environment.
    :raises NotAllowed: when a marker claims what cannot be confirmed.
    """
    from ..model.asker import HUMAN, Asker
    from ..model.session import Origin

    found = next((one for row in line for one in sessions if _led_by(row, one[1])), None) or _by_cgroup(sessions)
    name, leader = found or (None, None)
    claims = [claimed, *(_claim(_environ(row.pid)) for row in _below(line, leader))]
    for claim in filter(None, claims):
        if leader is None or claim.name != name or leader.nonce not in {"", claim.nonce}:
            raise _unconfirmed(claim, name)
    return Asker(Origin.AI, name) if name else HUMAN


def lineage(pid: int) -> Iterator[Stat]:
    """Yield a process and its ancestors; one that started after its child is not its parent but has its number."""
    ticks, seen = None, 0
    while pid > 0 and seen < _DEEPEST and (row := _seen(pid)) and (ticks is None or row.ticks <= ticks):
        yield row
        pid, ticks, seen = row.parent, row.ticks, seen + 1


def _seen(pid: int) -> Stat | None:
    try:
        return stat_of(pid)
    except PermissionError:  # another user's, so no session of ours
        return None


def _led_by(row: Stat, leader: "ProcessIdentity") -> bool:
    """Tell whether a session's process is this one, or leads its kernel session or group, and lives."""
    if leader.boot_id != boot_id() or leader.pid not in {row.pid, row.session, row.group}:
        return False
    led = row if row.pid == leader.pid else stat_of(leader.pid)
    return led is not None and led.ticks == leader.ticks


def _by_cgroup(sessions: "Sequence[Leader]") -> "Leader | None":
    """Return the session in whose cgroup this process is; who detaches itself stays there."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as file:  # noqa: PTH123 - as in proc.py
            parts = set(file.read().replace("\n", "/").split("/"))
    except OSError:
        return None
    return next((one for one in sessions if one[1].nonce and f"muster-{one[0]}.{one[1].nonce}" in parts), None)


def _below(line: "list[Stat]", leader: "ProcessIdentity | None") -> "list[Stat]":
    """Return the part of a line that a session's process is the end of; all of it without one."""
    ends = [at for at, row in enumerate(line) if leader and row.pid == leader.pid]
    return line[: ends[0] + 1] if ends else line


def _claim(environ: Mapping[str, str]) -> Claim | None:
    name, nonce = environ.get(NAME, ""), environ.get(NONCE, "")
    return Claim(name, nonce) if name or nonce else None


def _environ(pid: int) -> dict[str, str]:
    """Return the environment that a process was started with; empty where it may not be read."""
    words = (os.fsdecode(word).partition("=") for word in words_of(pid, "environ"))
    return {name: value for name, _, value in words}


def _unconfirmed(claim: Claim, found: str | None) -> NotAllowed:
    name = claim.name[:128]
    truth = f"it belongs to {found}" if found else "no session of this state has this process"
    return NotAllowed(
        f"cannot tell who asks: this process says that it is in the session {name!r}, but {truth}",
        hint="an AI asks from inside its session, in the foreground; a person asks in a shell that no session started",
        asker=found,
    )


def _sessions(settings: "Settings") -> "list[Leader]":
    """Return the processes of all sessions, of records and of run files: these outlive a state that cannot be read."""
    from ..record.journal import Journal
    from ..record.store import Access, Store
    from ..runtimes.runfile import run_files

    records: Mapping[str, SessionRecord] = {}
    with suppress(MusterError), Store(settings.database, Access.READ) as store:
        records = Journal(store).records()
    found = [(name, record.process) for name, record in records.items() if record.process]
    return [*found, *((name, file.process) for name, file in run_files(settings.run_dir).items())]
