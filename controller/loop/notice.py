"""What an observation says about what is remembered; pure, one function a fact."""

from ..apply import backoff
from ..model.clock import Now
from ..model.desired import Desired
from ..model.event import EventType
from ..model.observed import Guest, Observed, Presence
from ..model.record import OneShot, SessionRecord
from ..model.session import OnDelete, RunState
from ..model.transaction import Event
from ..plan.case import target


def notice(
    record: SessionRecord, desired: Desired | None, observed: Observed, now: Now, *, deleted: bool
) -> tuple[SessionRecord, tuple[Event, ...]]:
    """Return the record as it is after a look, and what is to be told about it.

    :param desired: ``None`` when the file is gone, or its agent is not known.
    :param deleted: no file stands for it on this host any more.
    """
    events: list[Event] = []
    record = _deleted(record, observed, now, events) if deleted else _there(record, desired)
    for step in (_process, _exit, _baseline, _conversation, _told, _model, _stable, _unpark):
        record = step(record, desired, observed, now, events)
    return record, tuple(events)


def _tell(events: list[Event], kind: EventType, record: SessionRecord, now: Now, **data: str | float | None) -> None:
    events.append(Event(at=now.wall, type=kind, session=record.name, data=dict(data)))


def _deleted(record: SessionRecord, observed: Observed, now: Now, events: list[Event]) -> SessionRecord:
    if record.process is None and observed.presence is not Presence.RUNNING:
        return record  # most files of a fleet are for other hosts; nothing of theirs was ever here
    if record.absent_since is None:
        _tell(events, EventType.FILE_GONE, record, now)
        record = record.model_copy(update={"absent_since": now.moment()})
    if record.leave and not record.released:
        _tell(events, EventType.SESSION_RELEASED, record, now)
        record = record.model_copy(update={"released": True})
    return record


def _there(record: SessionRecord, desired: Desired | None) -> SessionRecord:
    leave = desired.spec.on_delete is OnDelete.LEAVE if desired else record.leave
    if record.absent_since is None and not record.released and leave == record.leave:
        return record
    return record.model_copy(update={"absent_since": None, "released": False, "leave": leave})


def _process(
    record: SessionRecord, desired: Desired | None, observed: Observed, now: Now, events: list[Event]
) -> SessionRecord:
    """Take over what runs instead of what is recorded: a launch came late, or its end could not be written.

    Nobody remembers what it was asked, so it will be told.
    """
    found = observed.process
    if observed.presence is not Presence.RUNNING or found is None or (record.process and record.process.same(found)):
        return record
    _tell(events, EventType.ADOPTED, record, now, pid=found.pid)
    if observed.guest is not None:
        return _taken_in(record, desired, observed, observed.guest, now)
    unknown = {"asked_model": None, "asked_effort": None, "asked_at": now.wall, "verified_model": None}
    unknown["unseen"] = record.prompted
    return record.model_copy(update={**unknown, "process": found, "started": now.moment()})


def _taken_in(
    record: SessionRecord, desired: Desired | None, observed: Observed, guest: Guest, now: Now
) -> SessionRecord:
    """Remember a process that a person started, as if it had been started so: nothing is to be done with it."""
    said = guest.on(observed.model)
    return record.model_copy(
        update={
            "process": observed.process,
            "started": now.moment(),
            "agent": desired.profile.name if desired else record.agent,
            "runtime": guest.runtime,
            "where": guest.where,
            "cwd": desired.cwd if desired else record.cwd,
            "asked_model": said,
            "asked_effort": desired.effort if desired else None,
            "asked_at": guest.began,
            "last_good_model": said,
            "verified_model": None,
            "failures": 0,
            "retry_at": None,
        }
    )


def _exit(
    record: SessionRecord, desired: Desired | None, observed: Observed, now: Now, events: list[Event]
) -> SessionRecord:
    if record.process is None or observed.presence is not Presence.ABSENT:
        return record
    how = observed.exit or "it ended"
    _tell(events, EventType.SESSION_EXITED, record, now, how=how, pid=record.process.pid, model=record.asked_model)
    if record.where is not None:  # its person quit it there: no crash, and nothing to go back to
        left = {"process": None, "ended": None, "started": None, "runtime": None, "where": None}
        return record.model_copy(update=left)
    stable = backoff.stable(record, now)
    wanted = None if record.wanted is OneShot.STOP else record.wanted
    failures = 0 if stable else record.failures
    gone = {"process": None, "ended": record.process, "started": None}
    down = record.model_copy(update={**gone, "failures": failures, "wanted": wanted})
    if desired is None or desired.spec.state is RunState.STOPPED:
        return down
    key = target(desired)
    crashed = backoff.failed(down, error=f"the agent ended by itself: {how}", now=now, desired=key)
    if crashed.parked and not record.parked:
        _tell(events, EventType.PARKED, record, now, why=crashed.parked)
    return crashed


def _baseline(
    record: SessionRecord, desired: Desired | None, observed: Observed, _: Now, __: list[Event]
) -> SessionRecord:
    """Take what is desired for what it was started with, where that is not known or was written by another release.

    Such a launch restarts nothing (law 10); without a new one, later edits would mean nothing either.
    """
    if desired is None or record.process is None or observed.presence is not Presence.RUNNING:
        return record
    if record.launched is not None and record.launched.version == desired.fingerprint.version:
        return record
    return record.model_copy(update={"launched": desired.fingerprint})


def _conversation(
    record: SessionRecord, desired: Desired | None, observed: Observed, now: Now, events: list[Event]
) -> SessionRecord:
    reported = observed.conversation
    if observed.strayed is not None:
        return _strayed(record, desired, observed.strayed, now, events)
    if record.unseen and reported == record.conversation:
        record = record.model_copy(update={"unseen": False})
    if observed.presence is Presence.RUNNING and reported and reported != record.conversation:
        if record.conversation:
            _tell(events, EventType.CONVERSATION_CHANGED, record, now, left=record.conversation, now_on=reported)
        return record.model_copy(update={"conversation": reported, "prompted": bool(observed.prompted)})
    if observed.prompted and not record.prompted:
        return record.model_copy(update={"prompted": True})
    return record


def _strayed(
    record: SessionRecord, desired: Desired | None, now_on: str, now: Now, events: list[Event]
) -> SessionRecord:
    """Have it started once more on its own conversation: it never went on with that (law 5). Not for ever (law 12)."""
    if record.wanted is not None:
        return record
    why = f"cannot resume {record.name}: the agent started another conversation ({now_on})"
    _tell(events, EventType.START_FAILED, record, now, error=why, model=record.asked_model)
    key = target(desired) if desired else None
    failed = backoff.failed(record, error=why, now=now, desired=key)
    return failed.model_copy(update={"wanted": OneShot.RESTART})


def _told(record: SessionRecord, _: Desired | None, observed: Observed, now: Now, events: list[Event]) -> SessionRecord:
    """Remember a model that the keeper set: it waited for a prompt, or who told it did not live to write it down."""
    named = observed.keeper.model if observed.keeper and observed.keeper.told else None
    if named is None or named.at <= record.asked_at or named.name == record.asked_model:
        return record
    if record.asked_model is not None:
        told = {"from_model": record.asked_model, "to_model": named.name, "strategy": "in-place", "context": "kept"}
        _tell(events, EventType.MODEL_SWITCH, record, now, **told, seconds=0.0)
    asked = {"asked_model": named.name, "asked_at": named.at, "verified_model": None, "pending_since": None}
    return record.model_copy(update={**asked, "last_good_model": named.name})


def _model(
    record: SessionRecord, _: Desired | None, observed: Observed, now: Now, events: list[Event]
) -> SessionRecord:
    seen = observed.model
    if (
        seen is None
        or seen.at <= record.asked_at
        or (seen.name, seen.at) == (record.observed_model, record.observed_at)
    ):
        return record
    changed = record.model_copy(update={"observed_model": seen.name, "observed_at": seen.at})
    if seen.fallback:
        if record.verified_model or record.observed_model != seen.name:
            _tell(events, EventType.FELL_BACK, record, now, asked=record.asked_model, observed=seen.name, raw=seen.raw)
        return changed.model_copy(update={"verified_model": None})
    if record.asked_model is None:  # a person started it without a word about the model, or nobody knows the last word
        changed = record = changed.model_copy(update={"asked_model": seen.name, "last_good_model": seen.name})
    if seen.name == record.asked_model:
        if record.verified_model != seen.name:
            _tell(events, EventType.MODEL_VERIFIED, record, now, model=seen.name, raw=seen.raw)
        return changed.model_copy(update={"verified_model": seen.name, "answered_model": seen.name, "mends": None})
    if record.observed_model != seen.name:
        _tell(events, EventType.DRIFTED, record, now, asked=record.asked_model, observed=seen.name, raw=seen.raw)
    return changed


def _stable(record: SessionRecord, _: Desired | None, observed: Observed, now: Now, __: list[Event]) -> SessionRecord:
    if record.failures and observed.presence is Presence.RUNNING and backoff.stable(record, now):
        return record.model_copy(update={"failures": 0, "retry_at": None})
    return record


def _unpark(
    record: SessionRecord, desired: Desired | None, _: Observed, now: Now, events: list[Event]
) -> SessionRecord:
    if record.parked is None or record.parked_for is None or desired is None:
        return record
    same = target(desired) == record.parked_for
    policy = desired.spec.resume_policy
    if same and record.parked_resume in {None, policy}:
        return record.model_copy(update={"parked_resume": policy})
    _tell(events, EventType.UNPARKED, record, now, why="what is desired of it changed")
    cleared = {"parked": None, "parked_for": None, "parked_resume": None, "failures": 0, "retry_at": None}
    return record.model_copy(update=cleared)
