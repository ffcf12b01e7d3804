"""Records, intents and events in one line each, and a state in a directory of its own."""

from pathlib import Path

from controller.model.clock import Moment
from controller.model.event import EventType
from controller.model.observed import ProcessIdentity
from controller.model.record import Fingerprint, Intent, Operation, SessionRecord
from controller.model.transaction import Event
from controller.record.store import Access, Store


def store_in(directory: Path, access: Access = Access.OWN) -> Store:
    return Store(directory / "state" / "state.db", access)


def record(name: str, model: str = "opus") -> SessionRecord:
    return SessionRecord(
        name=name,
        agent="demo",
        process=ProcessIdentity(boot_id="boot", pid=7, ticks=9, nonce="n"),
        conversation="c-1",
        asked_model=model,
        asked_at=12.5,
        launched=Fingerprint(version=1, fields={"cwd": "/w"}),
        started=Moment(boot_id="boot", at=1.5),
    )


def intent(id_: str, name: str = "a", wall: float = 0.0) -> Intent:
    return Intent(id=id_, name=name, operation=Operation.RESTART, nonce="n2", after=record(name, "haiku"), wall=wall)


def event(session: str | None = "a", at: float = 1.0, kind: EventType = EventType.HELD, **data: str | int) -> Event:
    return Event(at=at, type=kind, session=session, data=dict(data))
