"""How switches spread: counted, halted, and let go on by other files."""

import pytest

from controller.loop import rollout
from controller.model.clock import Moment
from controller.model.fleet import Rollout
from controller.model.outcome import End, Outcome
from controller.model.plan import Action, Change, Leave, Reason, Start, StartFresh, Stop, SwitchInPlace
from controller.model.record import RolloutState, SessionRecord
from tests.property.worlds import NOW
from tests.unit.apply.scene import NEW, fresh_launch, launch, restart

BEFORE = RolloutState(last=Moment(boot_id="boot", at=1.0), failures=1, digest="d1")
LIMITS = Rollout(halt_after_failures=2)
SWITCHES = [restart(), StartFresh(fresh_launch()), SwitchInPlace("large", "/model large", NEW)]


def outcome(action: Action, end: End, reason: Reason = Reason.MODEL_CHANGED) -> Outcome:
    change = Change(session="ann", action=action, reason=reason, detail="")
    return Outcome(change=change, end=end, sentence="")


@pytest.mark.parametrize("action", SWITCHES)
def test_a_success_resets_the_count(action: Action) -> None:
    """Failures count in a row."""
    state = rollout.after(BEFORE, outcome(action, End.DONE), LIMITS, NOW)

    assert state == RolloutState(last=NOW.moment(), failures=0, halted=False, digest="d1")


@pytest.mark.parametrize("action", SWITCHES)
def test_failures_in_a_row_halt_it(action: Action) -> None:
    """The second of two: the rest of the fleet stays on the model that works."""
    state = rollout.after(BEFORE, outcome(action, End.FAILED), LIMITS, NOW)

    assert (state.failures, state.halted, state.last) == (2, True, NOW.moment())
    assert not rollout.after(BEFORE, outcome(action, End.FAILED), Rollout(halt_after_failures=3), NOW).halted


@pytest.mark.parametrize("end", list(End))
@pytest.mark.parametrize("action", [Start(launch()), Stop(), Leave()])
def test_starts_and_stops_are_no_part_of_it(action: Action, end: End) -> None:
    """A crash loop of one session does not hold the others' models back."""
    assert rollout.after(BEFORE, outcome(action, end), LIMITS, NOW) is BEFORE


@pytest.mark.parametrize("end", [End.HELD, End.UNABLE])
@pytest.mark.parametrize("action", SWITCHES)
def test_a_switch_that_was_held_or_had_no_room_is_none(action: Action, end: End) -> None:
    """Nothing speaks against what the files say: neither the pause nor the count begins anew."""
    assert rollout.after(BEFORE, outcome(action, end), LIMITS, NOW) is BEFORE


def test_other_files_let_a_halted_rollout_go_on() -> None:
    """Somebody changed something; the pause stays."""
    halted = RolloutState(last=BEFORE.last, failures=2, halted=True, digest="d1")

    assert rollout.on_files(halted, "d2") == RolloutState(last=BEFORE.last, digest="d2")
    assert rollout.on_files(halted, "d1") is halted


def test_what_turns_out_not_to_be_given_halts_it_though_all_come_up() -> None:
    """A provider that refuses a model shows it at a turn: others that came up meanwhile prove nothing."""
    back = outcome(restart(), End.DONE, Reason.REFUSED)
    once = rollout.after(BEFORE, back, LIMITS, NOW)
    others = rollout.after(once, outcome(restart(), End.DONE), LIMITS, NOW)
    assert (others.refusals, others.halted) == (1, False)

    twice = rollout.after(others, back, LIMITS, NOW)
    assert (twice.refusals, twice.halted) == (2, True)
    assert rollout.after(twice, outcome(restart(), End.DONE), LIMITS, NOW).halted
    assert not rollout.after(twice, outcome(restart(), End.DONE, Reason.ASKED_BY_PERSON), LIMITS, NOW).halted


def test_only_the_first_turn_after_a_switch_speaks_against_the_rollout() -> None:
    """Who changed the model inside a session that had answered on it did so for their own reasons."""
    asked = SessionRecord(name="ann", asked_model="large", asked_at=5.0, mends="small", observed_model="small")
    other = asked.model_copy(update={"observed_at": 6.0})
    right = asked.model_copy(update={"observed_at": 6.0, "observed_model": "large"})
    later = right.model_copy(update={"observed_at": 7.0, "observed_model": "small"})
    start = other.model_copy(update={"mends": None})

    assert rollout.doubted(BEFORE, [(asked, other), (asked, other)], LIMITS).halted
    assert rollout.doubted(BEFORE, [(asked, right), (right, later), (other, later), (asked, start)], LIMITS) is BEFORE
