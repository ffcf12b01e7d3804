"""One state with its reason, a session."""

from dataclasses import replace

import pytest

from controller.model.observed import Activity, ObservedModel, Presence, Stranger
from controller.model.problem import Code, Mark, Problem, Severity
from controller.model.record import Operation
from controller.model.status import SessionState
from controller.plan.case import Case, target
from controller.plan.guards import decide
from controller.plan.status import status_of
from tests.property.worlds import NOW, declared, down, edited, identity, in_sync, remembered, seen, world

FINE = in_sync(declared(model="small"))
MOVING = edited(FINE, model="large")
WRONG = Problem(mark=Mark("a", 1, 1), code=Code.UNKNOWN_KEY, message="cannot use a key: it is unknown")
BESIDE = (Stranger(identity=identity(99), agent="talker", conversation="c1"),)


def flawed(problem: Problem) -> Case:
    file = FINE.declared
    assert file is not None
    return replace(FINE, declared=replace(file, problems=(problem,)))


def parked() -> Case:
    assert MOVING.desired is not None
    return remembered(MOVING, parked="it failed", parked_for=target(MOVING.desired))


@pytest.mark.parametrize(
    "case,state,reason",
    [
        (FINE, SessionState.VERIFIED, "in-sync"),
        (seen(FINE, model=None), SessionState.UNVERIFIED, "unverified"),
        (MOVING, SessionState.PENDING, "model-changed"),
        (seen(MOVING, activity=Activity.BUSY), SessionState.HELD, "busy"),
        (seen(FINE, model=ObservedModel(raw="l", name="large", at=NOW.wall)), SessionState.DRIFTED, "drifted"),
        (down(FINE), SessionState.STARTING, "down"),
        (remembered(FINE, started=NOW.moment(after=-0.1)), SessionState.STARTING, "in-sync"),
        (down(edited(FINE, state="stopped")), SessionState.STOPPED, "already-stopped"),
        (parked(), SessionState.PARKED, "parked"),
        (flawed(WRONG), SessionState.INVALID, "unknown-key"),
        (flawed(replace(WRONG, severity=Severity.WARNING)), SessionState.VERIFIED, "in-sync"),
        (replace(FINE, desired=None), SessionState.INVALID, "invalid"),
        (seen(down(FINE), strangers=BESIDE), SessionState.FOREIGN, "foreign"),
        (edited(FINE, suspend=True), SessionState.SUSPENDED, "suspended"),
        (seen(FINE, presence=Presence.UNKNOWN), SessionState.UNKNOWN, "unknown"),
        (seen(MOVING, presence=Presence.UNKNOWN), SessionState.UNKNOWN, "unknown"),
        (replace(edited(FINE, on_delete="leave"), gone=True, desired=None), SessionState.FOREIGN, "released"),
    ],
)
def test_each_state_has_its_reason(case: Case, state: SessionState, reason: str) -> None:
    """The closed list of states, each from facts."""
    found = status_of(case, decide(case, world(case)), NOW)
    assert (found.state, str(found.reason)) == (state, reason)


@pytest.mark.parametrize("case,state", [(FINE, SessionState.PENDING), (down(FINE), SessionState.STARTING)])
def test_what_is_under_way_comes_before_what_is_remembered(case: Case, state: SessionState) -> None:
    """The record is about to change: it may say that all is well while its process is being replaced."""
    found = status_of(case, decide(case, world(case)), NOW, Operation.RESTART)
    assert (found.state, found.reason) == (state, "under-way")


def test_stranger_that_came_later_is_reported() -> None:
    """A second writer that we did not make is shown, although nothing is to be done (law 3)."""
    case = seen(FINE, strangers=BESIDE)
    found = status_of(case, decide(case, world(case)), NOW)
    assert found.state is SessionState.VERIFIED
    assert "99" in found.message


def test_hold_says_since_when_it_lasts() -> None:
    """Since comes from the record, in wall-clock seconds; another boot's moment says nothing."""
    case = seen(remembered(MOVING, pending_since=NOW.moment(after=-30)), activity=Activity.BUSY)
    change = decide(case, world(case))
    assert status_of(case, change, NOW).since == NOW.wall - 30
    assert status_of(case, change, replace(NOW, boot_id="later")).since is None
