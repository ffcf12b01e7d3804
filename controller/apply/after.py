"""What is remembered after each step; pure, so that a test can read it like a table."""

from ..model.clock import Now
from ..model.event import EventType
from ..model.plan import Launch
from ..model.record import SessionRecord, wanted_key
from ..model.session import RuntimeKind
from ..model.transaction import Event
from ..plan.headless import FRESH_NOTICE
from .bring_up import Up


def launched(record: SessionRecord, launch: Launch, now: Now) -> SessionRecord:
    """Return the record as it will be when this launch is up, without its process."""
    same = launch.resumes or launch.conversation == record.conversation
    return record.model_copy(
        update={
            "agent": launch.agent,
            "runtime": launch.runtime,
            "process": None,
            "conversation": launch.conversation,
            "generation": launch.generation,
            "prompted": record.prompted and same,
            "asked_model": launch.model,
            "asked_effort": launch.effort,
            "asked_at": asked_at(record, now),
            "verified_model": None,
            "mends": launch.mends,
            "launched": launch.fingerprint,
            "cwd": launch.cwd,
            "where": record.where if launch.runtime is RuntimeKind.PANE else None,
            "wanted": None,
            "pending_since": None,
            "released": False,
        }
    )


def up(record: SessionRecord, process: Up, now: Now) -> SessionRecord:
    """Return the record of a process that lives past its settle time."""
    return record.model_copy(
        update={
            "process": process.process,
            "unseen": process.unseen,
            "ended": None,
            "conversation": process.conversation,
            "last_good_model": record.asked_model,
            "started": now.moment(after=0.0),
            "retry_at": None,
            "last_error": None,
            "parked": None,
            "parked_for": None,
            "parked_resume": None,
        }
    )


def down(record: SessionRecord) -> SessionRecord:
    """Return the record of a session whose process is proven gone; a person's pane is theirs again."""
    left = {"runtime": None, "where": None} if record.where else {}
    return record.model_copy(update={"process": None, "started": None, "wanted": None, "pending_since": None} | left)


def asked_at(record: SessionRecord, now: Now) -> float:
    """Return the wall-clock seconds from which on a report counts: after all that was reported before.

    What was reported on a clock that has been set back since would be taken for the answer to what is asked now.
    """
    return max(now.wall, record.observed_at)


def key_of(launch: Launch) -> str:
    """Return what a launch is to bring about, as ``parked_for`` holds it."""
    return wanted_key(launch.model, launch.effort, launch.fingerprint)


def parked(record: SessionRecord, why: str, wanted: str) -> SessionRecord:
    """Return the record of a session that is left as it is until what is desired of it changes.

    :param wanted: what was desired, as ``key_of`` returns it.
    """
    return record.model_copy(update={"parked": why, "parked_for": wanted, "last_error": why})


def keeps(record: SessionRecord, launch: Launch) -> bool:
    """Tell whether a launch goes on with the conversation; one without a person's turn leaves nothing behind."""
    return launch.resumes or launch.conversation == record.conversation or not record.prompted


def switched(
    name: str, came_from: str | None, *, to: str, strategy: str, seconds: float, kept: bool, now: Now
) -> Event:
    """Return the event of a switch that is proven on the asked side (design 3.2, step 6)."""
    context = "kept" if kept else "lost"
    told = {"from_model": came_from, "to_model": to, "strategy": strategy, "seconds": round(seconds, 3)}
    return happened(EventType.MODEL_SWITCH, name, now, **told, context=context)


def left_behind(record: SessionRecord, now: Now, **why: str) -> Event:
    """Return the event that says loudly which conversation was left (law 5)."""
    told = {"message": FRESH_NOTICE, "left": record.conversation}
    return happened(EventType.SESSION_FRESH, record.name, now, **told, **why)


def happened(kind: EventType, name: str, now: Now, **data: str | float | bool | None) -> Event:
    """Return one event of a session."""
    return Event(at=now.wall, type=kind, session=name, data=dict(data))
