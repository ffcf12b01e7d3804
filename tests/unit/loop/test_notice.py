"""What a look says about what is remembered: one fact a test."""

from dataclasses import replace
from typing import Any

import pytest

from controller.loop.notice import notice
from controller.model.clock import Moment
from controller.model.event import EventType
from controller.model.observed import ObservedModel, Presence
from controller.model.record import OneShot, SessionRecord
from controller.model.session import OnDelete, Resume, RunState
from controller.plan.case import Case, target
from tests.property.worlds import NOW, declared, identity, in_sync

LONG_AGO, JUST_NOW = NOW.moment(after=-100), NOW.moment(after=-5)


def settled(**words: Any) -> Case:
    """Ann runs as her file says, and all of it is remembered."""
    case = in_sync(declared("ann", **words))
    model = case.observed.model
    assert model is not None
    known = {"observed_model": model.name, "observed_at": model.at, "verified_model": model.name}
    return replace(case, record=case.record.model_copy(update=known))


def look(case: Case, *, deleted: bool = False, **known: Any) -> tuple[SessionRecord, list[EventType]]:
    record = case.record.model_copy(update=known)
    record, events = notice(record, None if deleted else case.desired, case.observed, NOW, deleted=deleted)
    return record, [event.type for event in events]


def seen(case: Case, **facts: Any) -> Case:
    return replace(case, observed=replace(case.observed, **facts))


def ended(case: Case, how: str | None = "exit 3") -> Case:
    return seen(case, presence=Presence.ABSENT, process=None, exit=how)


def report(model: str, at: float = NOW.wall - 1, *, fallback: bool = False) -> ObservedModel:
    return ObservedModel(raw=f"{model}-1", name=model, at=at, fallback=fallback)


def test_nothing_new_changes_nothing() -> None:
    """The same value: a pass over sessions at rest writes nothing."""
    case = settled()
    record, events = notice(case.record, case.desired, case.observed, NOW, deleted=False)

    assert record is case.record
    assert events == ()


def test_an_end_is_told_with_how_and_on_which_model() -> None:
    """The process is forgotten only now that its end is proven."""
    case = ended(settled())
    record, events = notice(case.record, case.desired, case.observed, NOW, deleted=False)

    assert (record.process, record.started) == (None, None)
    assert events[0].type is EventType.SESSION_EXITED
    assert events[0].data == {"how": "exit 3", "pid": 4711, "model": case.record.asked_model}


def test_what_cannot_be_seen_has_not_ended() -> None:
    """The third state: neither running nor absent (design 3.3)."""
    case = seen(settled(), presence=Presence.UNKNOWN)

    assert look(case) == (case.record, [])


@pytest.mark.parametrize("started,failures", [(LONG_AGO, 1), (JUST_NOW, 4)])
def test_a_crash_after_a_stable_time_begins_a_new_count(started: Moment, failures: int) -> None:
    """Three failures before; a minute of life forgives them."""
    record, _ = look(ended(settled()), started=started, failures=3)

    assert record.failures == failures
    assert record.last_error == "the agent ended by itself: exit 3"


def test_the_first_crash_is_replaced_at_once() -> None:
    """No back-off for a first fall."""
    record, _ = look(ended(settled()))

    assert record.retry_at == NOW.moment()


def test_a_crash_loop_is_parked() -> None:
    """Six short lives in a row; until the file changes or a person retries (law 12)."""
    case = ended(settled())
    record, events = look(case, started=JUST_NOW, failures=5)
    assert case.desired is not None

    assert events == [EventType.SESSION_EXITED, EventType.PARKED]
    assert record.parked_for == target(case.desired)


@pytest.mark.parametrize("deleted", [False, True])
def test_an_end_that_nobody_minds_is_no_failure(deleted: bool) -> None:
    """The file says stopped, or is gone."""
    case = ended(settled(state=RunState.STOPPED))
    record, _ = look(case, deleted=deleted, started=JUST_NOW, failures=5)

    assert (record.process, record.parked, record.failures) == (None, None, 5)


def test_a_wish_to_stop_is_done_with_the_end() -> None:
    """Left behind, it would one day skip the grace of another deletion (law 7)."""
    assert look(ended(settled()), wanted=OneShot.STOP)[0].wanted is None
    assert look(ended(settled()), wanted=OneShot.FRESH)[0].wanted is OneShot.FRESH


def test_a_process_that_nobody_recorded_is_taken_over() -> None:
    """A launch that came late, or whose end could not be written: ours, and nobody knows what it was asked."""
    case = seen(settled(), process=identity(99))
    record, events = look(case)

    assert (record.process, record.asked_model, record.conversation) == (identity(99), None, "c1")
    assert events == [EventType.ADOPTED]


def test_the_first_report_after_a_switch_verifies_it() -> None:
    """Told once, however often it is seen."""
    case = settled()
    wanted = case.record.asked_model
    assert wanted is not None
    record, events = look(seen(case, model=report(wanted)), verified_model=None, mends="small")

    assert events == [EventType.MODEL_VERIFIED]
    assert (record.verified_model, record.mends, record.observed_at) == (wanted, None, NOW.wall - 1)
    assert look(seen(case, model=report(wanted, NOW.wall)), **record.model_dump(include={"verified_model"}))[1] == []


def test_a_report_from_before_the_switch_says_nothing() -> None:
    """The observed model is old until the next turn: that is unverified, not drift (design 3.1)."""
    case = seen(settled(), model=report("small", NOW.wall - 200))

    assert look(case, verified_model=None)[1] == []


def test_drift_is_told_once() -> None:
    """And again only when it has been right in between, or goes to a third model."""
    case = settled()
    record, events = look(seen(case, model=report("small")))
    assert events == [EventType.DRIFTED]

    later = replace(seen(case, model=report("small", NOW.wall)), record=record)
    assert look(later)[1] == []
    assert look(seen(later, model=report("middle", NOW.wall)))[1] == [EventType.DRIFTED]


def test_a_fallback_of_the_provider_is_no_drift() -> None:
    """It is told once and by its own name; when the asked model answers again, that is told too."""
    case = settled()
    record, events = look(seen(case, model=report("small", NOW.wall - 3, fallback=True)))
    assert (events, record.observed_model, record.verified_model) == ([EventType.FELL_BACK], "small", None)

    again = replace(seen(case, model=report("small", NOW.wall - 2, fallback=True)), record=record)
    record, events = look(again)
    assert events == []

    back = replace(seen(case, model=report(record.asked_model or "", NOW.wall - 1)), record=record)
    assert look(back)[1] == [EventType.MODEL_VERIFIED]


def test_another_conversation_is_followed_and_told() -> None:
    """A person began a new one inside the session: the agent's word counts, and what was left is named."""
    case = seen(settled(), conversation="c2", prompted=False)
    record, events = notice(case.record, case.desired, case.observed, NOW, deleted=False)

    assert (record.conversation, record.prompted) == ("c2", False)
    assert (events[0].type, events[0].data) == (EventType.CONVERSATION_CHANGED, {"left": "c1", "now_on": "c2"})


def test_one_that_never_went_on_with_its_conversation_is_started_again_on_it() -> None:
    """Its start was not seen through, so nobody left that conversation: told once, nothing is taken over (law 5)."""
    case = seen(settled(), conversation=None, strayed="c2", prompted=True)
    record, told = look(case, unseen=True, started=NOW.moment(after=-5))

    assert (record.conversation, record.wanted, told) == ("c1", OneShot.RESTART, [EventType.START_FAILED])
    assert record.failures == 1  # one that always does so is parked (law 12)
    assert look(replace(case, record=record))[1] == []


def test_one_that_names_its_conversation_has_been_seen_through() -> None:
    """From then on another one is a person's choice."""
    record, told = look(seen(settled(), conversation="c1"), unseen=True)

    assert (record.unseen, told) == (False, [])


def test_an_id_that_the_agent_mints_is_learnt_without_a_word() -> None:
    """There was none before, so nothing changed."""
    record, events = look(settled(), conversation=None, prompted=False)

    assert (record.conversation, record.prompted, events) == ("c1", True, [])


def test_a_first_turn_makes_the_conversation_worth_keeping() -> None:
    """And it stays so, whatever can be seen later."""
    assert look(settled(), prompted=False)[0].prompted
    assert look(seen(settled(), prompted=None))[0].prompted


@pytest.mark.parametrize("started,failures", [(JUST_NOW, 2), (LONG_AGO, 0)])
def test_failures_are_forgotten_after_a_stable_minute(started: Moment, failures: int) -> None:
    """Not at the start, and not by the settle time alone."""
    record, _ = look(settled(), started=started, failures=2, retry_at=NOW.moment())

    assert (record.failures, record.retry_at is None) == (failures, failures == 0)


def test_what_is_desired_now_unparks() -> None:
    """The file changed: whoever changed it has looked."""
    record, events = look(settled(), parked="refused", parked_for="something else", failures=6, retry_at=NOW.moment())

    assert (record.parked, record.parked_for, record.failures, record.retry_at) == (None, None, 0, None)
    assert events == [EventType.UNPARKED]


def test_the_same_desire_stays_parked() -> None:
    """No loop (law 12)."""
    case = settled()
    assert case.desired is not None
    record, events = look(case, parked="refused", parked_for=target(case.desired))

    assert (record.parked, events) == ("refused", [])


def test_leave_to_begin_anew_unparks() -> None:
    """A load was refused, and then its file allowed a new conversation: whoever wrote that has looked."""
    case = settled()
    assert case.desired is not None
    parked: dict[str, Any] = {"parked": "refused", "parked_for": target(case.desired)}
    first, _ = look(case, **parked)
    assert first.parked_resume is Resume.REQUIRED

    assert look(case, **parked, parked_resume=Resume.REQUIRED)[1] == []
    record, events = look(case, **parked, parked_resume=Resume.AUTO)
    assert (record.parked, record.parked_resume, events) == (None, None, [EventType.UNPARKED])


def test_a_file_that_is_gone_starts_the_grace_once() -> None:
    """From the first look without it, on the steady clock (law 7)."""
    record, events = look(settled(), deleted=True)

    assert (record.absent_since, events) == (NOW.moment(), [EventType.FILE_GONE])
    assert look(settled(), deleted=True, absent_since=LONG_AGO)[0].absent_since == LONG_AGO
    assert look(settled(), deleted=True, absent_since=LONG_AGO)[1] == []


def test_a_file_that_is_back_ends_the_grace() -> None:
    """As if it had never gone; the process is ours to touch again."""
    record, events = look(settled(), absent_since=LONG_AGO, released=True)

    assert (record.absent_since, record.released, events) == (None, False, [])


def test_a_file_for_other_hosts_is_no_loss_where_nothing_runs() -> None:
    """Most files of a fleet are for other hosts: no event, no record."""
    case = ended(settled())

    assert look(case, deleted=True, process=None) == (case.record.model_copy(update={"process": None}), [])


def test_on_delete_leave_releases() -> None:
    """By the file's last word, which the record keeps; told once."""
    kept, _ = look(settled(on_delete=OnDelete.LEAVE))
    assert kept.leave
    record, events = look(settled(), deleted=True, leave=True)

    assert (record.released, events) == (True, [EventType.FILE_GONE, EventType.SESSION_RELEASED])
    assert look(settled(), deleted=True, leave=True, released=True, absent_since=LONG_AGO)[1] == []
