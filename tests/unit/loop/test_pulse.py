"""Who is glanced at between two passes, and how often: what is in use often, what has long been quiet not at all."""

from dataclasses import replace
from typing import Any

import pytest

from controller.loop.pulse import BEAT, Pulse
from controller.model.clock import Now
from controller.model.observed import Activity
from controller.model.tells import Transcript
from controller.plan.case import Case
from tests.property.worlds import NOW, declared, in_sync

QUARTER = 900


def session(*, quiet: float, activity: Activity = Activity.IDLE, attached: bool = False) -> Case:
    """Ann runs, keeps a transcript, and nothing was heard of her for so many seconds."""
    case = in_sync(declared("ann"))
    assert case.desired is not None
    profile = case.desired.profile.model_copy(update={"transcript": Transcript(path="/nowhere")})
    observed = replace(case.observed, activity=activity, idle_for=quiet, attached=attached, model=None)
    record = case.record.model_copy(update={"asked_at": NOW.wall - quiet})
    return replace(case, desired=replace(case.desired, profile=profile), observed=observed, record=record)


def at(seconds: float) -> Now:
    return replace(NOW, wall=NOW.wall + seconds, boot=NOW.boot + seconds)


def glances(case: Case, seconds: int = QUARTER) -> list[int]:
    """The seconds at which a session is due that says nothing new."""
    pulse = Pulse()
    pulse.note([case], NOW)
    return [second for second in range(1, seconds) if pulse.due(at(second))]


def test_a_session_that_was_just_told_something_is_glanced_at_every_second() -> None:
    assert glances(session(quiet=1), seconds=8) == [1, 2, 3, 4, 5, 6, 7]
    assert BEAT == 1.0


def test_a_session_that_stays_quiet_is_glanced_at_ever_more_rarely_and_then_left_to_the_passes() -> None:
    due = glances(session(quiet=1))

    assert len(due) < 50
    assert due[-1] < 200


def test_a_session_that_has_long_been_quiet_costs_nothing() -> None:
    assert glances(session(quiet=3600)) == []


@pytest.mark.parametrize("used", [{"activity": Activity.BUSY}, {"attached": True}])
def test_a_session_in_use_is_glanced_at_every_few_seconds_however_long_that_lasts(used: dict[str, Any]) -> None:
    due = glances(session(quiet=3600, **used))

    assert len(due) == (QUARTER - 1) // 5


def test_a_session_whose_agent_writes_nothing_is_never_glanced_at() -> None:
    case = in_sync(declared("ann"))
    assert case.desired is not None
    assert case.desired.profile.transcript is None
    assert glances(case) == []
