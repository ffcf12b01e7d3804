"""Whether a session's process is there: by identity alone, and never absent for want of an answer (design 3.3)."""

from collections.abc import Callable
from typing import NamedTuple

from ..model.observed import Presence, ProcessIdentity
from ..runtimes.base import RunFile
from ..runtimes.identity import alive


class Standing(NamedTuple):
    """A presence, the process that is there, why it cannot be told, and the run file that alone names the process."""

    presence: Presence
    process: ProcessIdentity | None = None
    detail: str | None = None
    adopted: RunFile | None = None


def presence(recorded: ProcessIdentity | None, run_file: Callable[[], RunFile | None]) -> Standing:
    """Return the recorded process when it lives, else the one that its launcher wrote down when that one lives.

    A run file is newer than a record whose controller died between the start and its recording.
    """
    try:
        if recorded is not None and alive(recorded):
            return Standing(Presence.RUNNING, recorded)
        written = run_file()
        if written is not None and alive(written.process):
            return Standing(Presence.RUNNING, written.process, adopted=written)
    except OSError as error:
        return Standing(Presence.UNKNOWN, recorded, f"cannot see the process: {error.strerror or error}")
    return Standing(Presence.ABSENT)


def still(identity: ProcessIdentity) -> bool:
    """Tell whether a stranger must still be reckoned with: it lives, or that cannot be seen."""
    try:
        return alive(identity)
    except OSError:
        return True
