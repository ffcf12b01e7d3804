"""The processes of this machine with what tells agents apart; slow, and so never in the steady state.

psutil reads the rich fields. It does not prove that a pid still means the process it meant before, so each row that is
used is read between two equal looks at the process's start.
"""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ..model.observed import ProcessIdentity
from ..runtimes.census import Snapshot
from ..runtimes.identity import identify
from ..runtimes.proc import ENDED

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One process. What may not be seen is ``None``: unknown, never "does not match"."""

    identity: ProcessIdentity
    parent: int
    session: int
    name: str | None
    exe: str | None = None
    argv: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a process lives, as far as it can be seen."""

    owner: str = ""
    cwd: str | None = None
    terminal: str | None = None
    environ: dict[str, str] | None = None


def scan(seen: Snapshot, skip: Container[int]) -> Iterator[Row]:
    """Yield every living process that can be seen at all but the skipped pids."""
    # Loading it takes 30 ms, and most commands never scan.
    import psutil

    for stat in seen.rows.values():
        if stat.pid in skip or stat.state in ENDED:
            continue
        try:
            process = psutil.Process(stat.pid)
            with process.oneshot():
                name, argv, exe = _known(process.name), _known(process.cmdline), _known(process.exe)
        except (psutil.Error, OSError):
            continue
        if argv or exe or name is None:  # without any of them: a thread of the kernel
            yield Row(
                identity=seen.identity(stat.pid),
                parent=stat.parent,
                session=stat.session,
                name=name,
                exe=exe,
                argv=None if argv is None else tuple(argv),
            )


def surroundings(row: Row) -> Surroundings | None:
    """Return where a process lives, ``None`` when it is no longer the one of the row."""
    import psutil

    try:
        process = psutil.Process(row.identity.pid)
        found = Surroundings(
            owner=_known(process.username) or "",
            cwd=_known(process.cwd) or None,
            terminal=_known(process.terminal),
            environ=_known(process.environ),
        )
        now = identify(row.identity.pid)
    except (psutil.Error, OSError):
        return None
    return found if now is not None and now.same(row.identity) else None


def began(pid: int) -> float:
    """Return the wall-clock seconds of a process's start.

    :raises OSError: when that cannot be seen.
    """
    import psutil

    try:
        return psutil.Process(pid).create_time()
    except psutil.Error as error:
        raise OSError(f"cannot see when {pid} started: {error}") from error


def _known(read: Callable[[], T]) -> T | None:
    """Return what may be seen, ``None`` where the system keeps it from us."""
    import psutil

    try:
        return read()
    except psutil.NoSuchProcess:
        raise
    except (psutil.Error, OSError):
        return None
