"""What is written to the state in one durable step: records, intents and events together, or nothing."""

from dataclasses import dataclass

from .base import StoredValue
from .event import EventType
from .record import Intent, SessionRecord


class Event(StoredValue):
    """One thing that happened.

    ``data`` is flat and never holds a secret; ``model_switch`` carries ``from_model``, ``to_model``, ``strategy``,
    ``seconds`` and ``context`` (``kept`` or ``lost``).
    """

    at: float
    """Wall-clock seconds."""
    type: EventType
    session: str | None = None
    data: dict[str, str | int | float | bool | None] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """All or nothing.

    :ivar records: put in place of what stood under their names.
    :ivar opened: intents that are durable when the commit returns.
    :ivar closed: ids of intents that are done with, whatever their outcome.
    :ivar forgotten: names whose records go.
    """

    records: tuple[SessionRecord, ...] = ()
    opened: tuple[Intent, ...] = ()
    closed: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    forgotten: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """An event as the log holds it; the same thing said again counts up and keeps its id.

    :ivar id: grows with every new event; never used twice.
    :ivar event: with the time when it was first said.
    :ivar last: wall-clock seconds when it was last said.
    """

    id: int
    event: Event
    count: int
    last: float
