"""How long to wait after a failure, and when to give up."""

from typing import Final

from ..model.clock import Now
from ..model.record import GIVE_UP_AFTER, SessionRecord

STABLE_SECONDS: Final = 60.0
"""A process that lived this long starts again with a clean slate; pebble and kubelet reset on stable uptime too."""

_FIRST_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 300.0
"""The kubelet's ceiling for a crash loop (facts/controllers.md, P8)."""

_STARVED_SECONDS: Final = 2.0
"""Between two tries of what the machine has no room for: soon up again, and next to nothing on a machine in need."""


def delay(failures: int) -> float:
    """Return the seconds to wait after that many failures in a row; the first crash is replaced at once."""
    return 0.0 if failures <= 1 else min(_FIRST_SECONDS * 2.0 ** (failures - 2), _LONGEST_SECONDS)


def failed(record: SessionRecord, *, error: str, now: Now, desired: str | None) -> SessionRecord:
    """Return the record after one more failure: a later try, or parked when it was one too many.

    :param desired: what was wanted; a change of it unparks.
    """
    failures = record.failures + 1
    parked = f"crash loop: {failures} failures in a row, the last: {error}" if failures >= GIVE_UP_AFTER else None
    return record.model_copy(
        update={
            "failures": failures,
            "retry_at": now.moment(after=delay(failures)),
            "last_error": error,
            "parked": parked or record.parked,
            "parked_for": desired if parked else record.parked_for,
        }
    )


def starved(record: SessionRecord, *, error: str, now: Now, desired: str | None) -> SessionRecord:
    """Return the record of a session for which the machine had no room: nobody's failure, and never given up."""
    return record.model_copy(update={"retry_at": now.moment(after=_STARVED_SECONDS), "last_error": error})


def stable(record: SessionRecord, now: Now) -> bool:
    """Tell whether the process has lived long enough for its failures to be forgotten."""
    return record.started is not None and now.since(record.started) >= STABLE_SECONDS
