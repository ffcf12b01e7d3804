"""What is remembered after each step, and for how long a failure is; read like a table."""

import pytest

from controller.apply import after, backoff
from controller.apply.bring_up import Up
from controller.model.clock import Moment, Now
from controller.model.event import EventType
from controller.model.observed import ProcessIdentity
from controller.model.plan import Launch
from controller.model.record import OneShot, SessionRecord
from controller.model.session import RuntimeKind
from tests.unit.apply.scene import NEW, fresh_launch, launch

NOW = Now(wall=1_000.0, boot=500.0, boot_id="boot")
PROCESS = ProcessIdentity(boot_id="boot", pid=7, ticks=9, nonce="n1")
BEFORE = SessionRecord(
    name="ann",
    process=PROCESS,
    conversation="c1",
    asked_model="small",
    verified_model="small",
    mends="small",
    prompted=True,
    failures=3,
    wanted=OneShot.RESTART,
    pending_since=Moment(boot_id="boot", at=1.0),
    released=True,
)


@pytest.mark.parametrize(
    "failures,seconds", [(0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (10, 256), (11, 300), (500, 300)]
)
def test_the_first_crash_is_replaced_at_once_and_each_further_one_later(failures: int, seconds: float) -> None:
    """Doubling, up to the kubelet's ceiling."""
    assert backoff.delay(failures) == seconds


def test_a_failure_is_remembered_with_its_next_try() -> None:
    """On the steady clock, so that it outlives the controller and a step of the wall clock."""
    failed = backoff.failed(BEFORE, error="exit 3", now=NOW, desired="key")

    assert (failed.failures, failed.last_error, failed.parked) == (4, "exit 3", None)
    assert failed.retry_at == Moment(boot_id="boot", at=504.0)


def test_one_failure_too_many_parks_for_what_was_desired() -> None:
    """And says how many and which was the last (law 12)."""
    parked = backoff.failed(BEFORE.model_copy(update={"failures": 5}), error="exit 3", now=NOW, desired="key")

    assert parked.parked == "crash loop: 6 failures in a row, the last: exit 3"
    assert parked.parked_for == "key"


def test_an_earlier_reason_to_be_parked_stays() -> None:
    """A crash on the model that worked does not forget why the other one is not tried."""
    parked = BEFORE.model_copy(update={"failures": 0, "parked": "refused", "parked_for": "other"})
    failed = backoff.failed(parked, error="exit 3", now=NOW, desired="key")

    assert (failed.parked, failed.parked_for) == ("refused", "other")


@pytest.mark.parametrize(
    "started,stable",
    [
        (None, False),
        (Moment(boot_id="boot", at=441.0), False),
        (Moment(boot_id="boot", at=440.0), True),
        (Moment(boot_id="earlier", at=499.0), True),
    ],
)
def test_stable_is_a_minute_of_life(started: Moment | None, stable: bool) -> None:
    """Shorter lives in a row are a crash loop."""
    assert backoff.stable(SessionRecord(name="ann", started=started), NOW) is stable


def test_launched_forgets_what_was_of_the_process_before() -> None:
    """Its verified model, a person's one word, the wait, the release."""
    made = after.launched(BEFORE, launch(), NOW)

    assert (made.process, made.verified_model, made.mends, made.wanted, made.pending_since) == (None,) * 5
    assert (made.asked_model, made.asked_at, made.launched, made.runtime) == ("large", 1000.0, NEW, RuntimeKind.PROCESS)
    assert (made.released, made.failures) == (False, 3)


def test_what_was_reported_on_a_clock_that_was_set_back_answers_nothing_that_is_asked_now() -> None:
    """An older report with a later time would be drift, and the session be restarted for it."""
    made = after.launched(BEFORE.model_copy(update={"observed_at": 4_000.0}), launch(), NOW)

    assert made.asked_at == 4_000.0


@pytest.mark.parametrize(
    "made,prompted",
    [(launch(), True), (launch(resumes=False), True), (fresh_launch(), False), (launch(conversation="c9"), True)],
)
def test_prompted_goes_with_the_conversation(made: Launch, prompted: bool) -> None:
    """A new one has not heard a word; a resumed one has, whatever its id is now."""
    assert after.launched(BEFORE, made, NOW).prompted is prompted


def test_up_is_on_the_conversation_that_the_agent_reports_and_pardoned() -> None:
    """It lives past its settle time: the model worked."""
    made = after.up(after.launched(BEFORE, launch(), NOW), Up(process=PROCESS, conversation="c7"), NOW)

    assert (made.process, made.conversation, made.last_good_model) == (PROCESS, "c7", "large")
    assert (made.parked, made.retry_at, made.last_error, made.started) == (None, None, None, NOW.moment())


def test_down_keeps_what_the_conversation_needs() -> None:
    """Only the process and what was wanted of it go."""
    made = after.down(BEFORE)

    assert (made.process, made.started, made.wanted, made.pending_since) == (None,) * 4
    assert (made.conversation, made.asked_model, made.prompted) == ("c1", "small", True)


def test_parked_is_for_what_the_launch_wanted() -> None:
    """So that a change of the file, and nothing else, tries again."""
    made = after.parked(BEFORE, "refused", after.key_of(launch()))

    assert (made.parked, made.parked_for, made.last_error) == ("refused", after.key_of(launch()), "refused")
    assert after.key_of(launch()) != after.key_of(launch("small"))


@pytest.mark.parametrize(
    "made,prompted,kept",
    [
        (launch(), True, True),
        (launch(conversation="c9"), True, True),
        (launch(resumes=False), True, True),
        (fresh_launch(), True, False),
        (fresh_launch(), False, True),
    ],
)
def test_context_is_lost_only_where_there_was_one(made: Launch, prompted: bool, kept: bool) -> None:
    """Resumed, under the same id, or without a word so far: nothing was left behind."""
    assert after.keeps(BEFORE.model_copy(update={"prompted": prompted}), made) is kept


@pytest.mark.parametrize("kept,context", [(True, "kept"), (False, "lost")])
def test_a_switch_tells_whether_the_context_was_kept(kept: bool, context: str) -> None:
    """The keys of the contract (design 5)."""
    event = after.switched("ann", "small", to="large", strategy="restart", seconds=1.23456, kept=kept, now=NOW)

    assert (event.type, event.session, event.at) == (EventType.MODEL_SWITCH, "ann", 1000.0)
    assert event.data == {
        "from_model": "small",
        "to_model": "large",
        "strategy": "restart",
        "seconds": 1.235,
        "context": context,
    }


def test_left_behind_is_said_in_the_words_of_the_systems_before() -> None:
    """People know them (facts/origins.md, section 6)."""
    event = after.left_behind(BEFORE, NOW, reason="asked-by-person")

    assert event.data == {"message": "A new session was started.", "left": "c1", "reason": "asked-by-person"}
