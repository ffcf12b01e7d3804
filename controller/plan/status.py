"""The one state of a session, with its reason, from the same values that the plan is made from."""

from typing import Final

from ..model.clock import Moment, Now
from ..model.observed import Presence
from ..model.plan import Change, Guard, Hold, Leave, Reason, Start
from ..model.problem import Problem, Severity
from ..model.record import Operation
from ..model.session import SessionSpec
from ..model.status import SessionState, SessionStatus
from .case import Case
from .diff import report_since_asked

_HELD: Final = {
    Guard.PARKED: SessionState.PARKED,
    Guard.FOREIGN: SessionState.FOREIGN,
    Guard.CONFLICT: SessionState.FOREIGN,
    Guard.UNKNOWN: SessionState.UNKNOWN,
}
"""Guards that are a state of their own; by all others the session is held."""

_LEFT: Final = {
    Reason.SUSPENDED: SessionState.SUSPENDED,
    Reason.INVALID: SessionState.INVALID,
    Reason.DRIFTED: SessionState.DRIFTED,
    Reason.REFUSED: SessionState.PARKED,
    Reason.RELEASED: SessionState.FOREIGN,
}
"""Reasons to leave a session alone that are a state of their own while a process is there."""


UNDER_WAY: Final = "under-way"
"""The reason of a session that the controller is at work on: what its record says is about to change."""


def status_of(case: Case, change: Change, now: Now, under_way: Operation | None = None) -> SessionStatus:
    """Return what people see of one session.

    :param under_way: what was begun with it and has not ended.
    """
    state, reason, message = _state(case, change, now) if under_way is None else _begun(case, under_way)
    spec, desired, observed = case.spec or SessionSpec(), case.desired, case.observed
    return SessionStatus(
        name=case.name,
        file=None if case.file_gone or case.declared is None else case.declared.file,
        agent=desired.profile.name if desired else spec.agent or case.record.agent,
        tier=spec.tier,
        origin=spec.origin if case.declared else None,
        parent=spec.parent,
        runtime=desired.runtime if desired else spec.runtime or case.record.runtime,
        resolution=desired.resolution if desired else None,
        asked_model=case.record.asked_model if case.lives else None,
        observed=observed.model,
        state=state,
        reason=reason,
        message=message,
        since=_since(case, state, now),
        activity=observed.activity,
        attached=observed.attached,
        pid=observed.process.pid if observed.process else None,
        conversation=observed.conversation or case.record.conversation,
        change=change,
    )


def _state(case: Case, change: Change, now: Now) -> tuple[SessionState, str, str]:
    """Return the state, its stable word and its sentence; what people must mend comes before what will pass."""
    if problem := _error(case):
        return SessionState.INVALID, problem.code, f"{problem.message}; its last good word is in force"
    action = change.action
    if isinstance(action, Hold):
        return _HELD.get(action.guard, SessionState.HELD), action.guard, action.sentence
    if case.observed.presence is Presence.UNKNOWN:
        return SessionState.UNKNOWN, Guard.UNKNOWN, case.observed.detail or change.detail
    if not isinstance(action, Leave):
        state = SessionState.STARTING if isinstance(action, Start) else SessionState.PENDING
        return state, change.reason, change.detail
    return _left(case, change, now), change.reason, _beside(case, change)


def _begun(case: Case, operation: Operation) -> tuple[SessionState, str, str]:
    state = SessionState.PENDING if case.record.process else SessionState.STARTING
    return state, UNDER_WAY, f"a {operation} has begun; a controller brings it to its end"


def _left(case: Case, change: Change, now: Now) -> SessionState:
    """Return the state of a session that nothing is to be done with."""
    if change.reason in {Reason.SUSPENDED, Reason.INVALID}:
        return _LEFT[change.reason]
    if not case.lives:
        return SessionState.STOPPED
    if case.desired and case.record.started and now.since(case.record.started) < case.desired.profile.settle:
        return SessionState.STARTING
    if change.reason in _LEFT:
        return _LEFT[change.reason]
    return SessionState.VERIFIED if change.reason is Reason.IN_SYNC else SessionState.UNVERIFIED


def _beside(case: Case, change: Change) -> str:
    """Add the strangers on its conversation: a second writer that came later is reported (law 3)."""
    pids = ", ".join(str(stranger.identity.pid) for stranger in case.observed.strangers)
    return f"{change.detail}; not ours, but on its conversation: {pids}" if pids else change.detail


def _error(case: Case) -> Problem | None:
    problems = case.declared.problems if case.declared else ()
    return next((problem for problem in problems if problem.severity is Severity.ERROR), None)


def _since(case: Case, state: SessionState, now: Now) -> float | None:
    """Return the wall-clock second of the last change of state, as far as the record tells it."""
    report = report_since_asked(case)
    match state:
        case SessionState.HELD | SessionState.PENDING | SessionState.PARKED:
            return _wall(case.record.pending_since, now)
        case SessionState.VERIFIED | SessionState.DRIFTED:
            return report.at if report else None
        case SessionState.UNVERIFIED | SessionState.STARTING:
            return case.record.asked_at or None
        case _:
            return None


def _wall(moment: Moment | None, now: Now) -> float | None:
    same_boot = moment is not None and moment.boot_id == now.boot_id
    return now.wall - now.since(moment) if moment and same_boot else None
