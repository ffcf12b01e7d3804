"""What a person asks for once: written into the record, so that it outlives whoever reads it."""

from ..errors import MusterError
from ..model.clock import Now
from ..model.control import RequestKind
from ..model.event import EventType
from ..model.record import OneShot, SessionRecord
from ..model.transaction import Event, Transaction

_WANTED = {RequestKind.RESTART: OneShot.RESTART, RequestKind.FRESH: OneShot.FRESH, RequestKind.STOP: OneShot.STOP}
_FORGIVEN = {
    **dict.fromkeys(("parked", "parked_for", "parked_resume", "retry_at", "last_error", "mends")),
    "failures": 0,
}
"""Whoever asks again has looked at what went wrong."""


def noted(record: SessionRecord, kind: RequestKind, now: Now) -> Transaction:
    """Return what has to be written so that the next pass does what was asked.

    :raises MusterError: when the request is not about one session.
    """
    match kind:
        case RequestKind.RETRY:
            event = Event(
                at=now.wall, type=EventType.UNPARKED, session=record.name, data={"why": "a person said retry"}
            )
            return Transaction(records=(record.model_copy(update=_FORGIVEN),), events=(event,))
        case RequestKind.RESTART | RequestKind.FRESH | RequestKind.STOP:
            return Transaction(records=(record.model_copy(update={**_FORGIVEN, "wanted": _WANTED[kind]}),))
        case _:
            raise MusterError(f"cannot note {kind} for {record.name}: it is not about one session")
