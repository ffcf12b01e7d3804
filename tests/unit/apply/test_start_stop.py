"""Starts, fresh starts, stops and switches in place: what is tried, told and remembered."""

import pytest

from controller.model.event import EventType
from controller.model.observed import ObservedModel
from controller.model.outcome import End
from controller.model.plan import Leave, Reason, Start, StartFresh, Stop, SwitchInPlace
from controller.model.record import GIVE_UP_AFTER, OneShot, wanted_key
from tests.contract.fake_runtime import Behaviour
from tests.property.worlds import profile
from tests.unit.apply.scene import NAME, NEW, Scene, fresh_launch, launch, telling

DIES = Behaviour(exits_at_once=3)
SWITCH = SwitchInPlace("large", "/model large", NEW)


def report(model: str, at: float = 1.0) -> ObservedModel:
    return ObservedModel(raw=f"{model}-1", name=model, at=at)


def test_a_start_is_written_down_before_it_is_done() -> None:
    """Intent, start, record (law 9)."""
    scene = Scene()
    scene.carry_out(Start(fresh_launch()), Reason.NEW)

    assert scene.story == ["intent start", "start large", "record"]
    assert (scene.told, scene.record.asked_model) == ([EventType.SESSION_STARTED], "large")
    assert scene.record.started is not None


def test_a_crashed_session_resumes() -> None:
    """It was on this model before: resumed, not switched."""
    scene = Scene().running("large", process=None)
    scene.machine.kill(NAME)
    scene.carry_out(Start(launch()), Reason.CRASHED)

    assert scene.told == [EventType.SESSION_RESUMED]


def test_a_start_on_another_model_is_a_switch() -> None:
    """It was down when its file changed."""
    scene = Scene().running(process=None)
    scene.machine.kill(NAME)
    scene.carry_out(Start(launch()), Reason.CRASHED)
    said = scene.event(EventType.MODEL_SWITCH)

    assert (said["from_model"], said["to_model"], said["strategy"], said["context"]) == (
        "small",
        "large",
        "start",
        "kept",
    )


def test_a_conversation_without_a_word_is_not_lost() -> None:
    """Never prompted, it starts again under its id on another model: nothing was left behind."""
    scene = Scene().running(process=None, prompted=False)
    scene.machine.kill(NAME)
    scene.carry_out(Start(launch(resumes=False)), Reason.CRASHED)

    assert scene.event(EventType.MODEL_SWITCH)["context"] == "kept"


def test_a_start_that_fails_is_tried_again_later_and_not_for_ever() -> None:
    """One failure more each time, a later retry each time, parked after the sixth (law 12)."""
    scene = Scene().behaves(large=DIES)
    waits = []
    for _ in range(GIVE_UP_AFTER):
        assert scene.record.parked is None
        scene.carry_out(Start(fresh_launch()), Reason.NEW)
        assert scene.record.retry_at is not None
        waits.append(scene.record.retry_at.at)

    assert waits == sorted(waits)
    assert (scene.record.failures, scene.told.count(EventType.PARKED)) == (GIVE_UP_AFTER, 1)
    assert scene.record.parked_for == wanted_key("large", None, NEW)
    assert (scene.record.asked_model, scene.record.process) == (None, None)


def test_a_way_back_that_is_refused_too_stays_parked_for_what_was_desired() -> None:
    """Parked for the model that it would go back to, it would be unparked and tried again for ever (law 12)."""
    wanted = wanted_key("large", None, NEW)
    refusing = telling(refusals=["^no such conversation"])
    scene = Scene(profile=refusing).running(process=None, parked="refused", parked_for=wanted, prompted=True)
    scene.machine.kill(NAME)
    scene.machine.behave = lambda _: Behaviour(exits_at_once=1, prints="no such conversation: c1")
    scene.carry_out(Start(launch("small")), Reason.CRASHED)

    assert scene.record.parked_for == wanted
    assert (scene.record.failures, scene.record.retry_at is None) == (1, False)


def test_where_resume_is_refused_and_the_file_allows_it_a_new_session_starts() -> None:
    """A crashed session that cannot go on begins anew, and says what it left behind (law 5)."""
    scene = Scene().running("large", process=None)
    scene.machine.kill(NAME)
    scene.machine.behave = lambda order: DIES if order.conversation == "c1" else Behaviour()
    scene.carry_out(Start(launch(), fresh_launch()), Reason.CRASHED)
    said = scene.event(EventType.SESSION_FRESH)

    assert (said["message"], said["left"]) == ("A new session was started.", "c1")
    assert (scene.told, scene.record.conversation) == ([EventType.SESSION_FRESH], "c2")
    assert not scene.journal.intents


@pytest.mark.parametrize("words, fresh", [("no such conversation: c1", True), ("out of memory", False)])
def test_only_a_refusal_leaves_a_conversation_behind(words: str, *, fresh: bool) -> None:
    """An agent that names its refusals is believed: any other failure is tried again with the conversation (law 5)."""
    scene = Scene(profile=telling(refusals=["^no such conversation"])).running("large", process=None)
    scene.machine.kill(NAME)
    dies = Behaviour(exits_at_once=1, prints=words)
    scene.machine.behave = lambda order: dies if order.conversation == "c1" else Behaviour()
    scene.carry_out(Start(launch(), fresh_launch()), Reason.CRASHED)

    assert (EventType.SESSION_FRESH in scene.told, scene.record.conversation) == (fresh, "c2" if fresh else "c1")


def test_a_refusal_that_nothing_gets_around_is_not_asked_for_again() -> None:
    """The session stays down with the agent's own words as the reason (design 3.2, step 7)."""
    scene = Scene(profile=telling(refusals=["^no such conversation"])).running("large", process=None)
    scene.machine.kill(NAME)
    scene.behaves(large=Behaviour(exits_at_once=1, prints="no such conversation: c1"))
    scene.carry_out(Start(launch()), Reason.CRASHED)

    assert (scene.record.conversation, scene.record.parked_for) == ("c1", wanted_key("large", None, NEW))
    assert "no such conversation: c1" in (scene.record.parked or "")


def test_where_nothing_starts_the_old_conversation_is_tried_again() -> None:
    """The way out failed as well, so nothing was left behind."""
    scene = Scene().running("large", process=None).behaves(large=DIES)
    scene.machine.kill(NAME)
    scene.carry_out(Start(launch(), fresh_launch()), Reason.CRASHED)

    assert (scene.told, scene.record.conversation, scene.record.failures) == ([EventType.START_FAILED], "c1", 1)


def test_a_failed_start_says_what_it_was_and_closes_its_intent() -> None:
    """The event has the system's reason."""
    scene = Scene().behaves(large=DIES)
    outcome = scene.carry_out(Start(fresh_launch()), Reason.NEW)

    assert outcome.end is End.FAILED
    assert "exit 3" in str(scene.event(EventType.START_FAILED)["error"])
    assert not scene.journal.intents


def test_fresh_leaves_the_conversation_behind_and_says_so() -> None:
    """The event names what was left (law 5)."""
    scene = Scene().running(wanted=OneShot.FRESH)
    scene.carry_out(StartFresh(fresh_launch()), Reason.ASKED_BY_PERSON)
    said = scene.event(EventType.SESSION_FRESH)

    assert scene.story == ["intent fresh", "stop", "start large", "record"]
    assert (said["message"], said["left"]) == ("A new session was started.", "c1")
    assert scene.event(EventType.MODEL_SWITCH)["context"] == "lost"
    assert (scene.record.conversation, scene.record.prompted, scene.record.wanted) == ("c2", False, None)


def test_fresh_that_fails_leaves_nothing_behind() -> None:
    """The record keeps the old conversation and model and the person's wish, until a fresh start is told (law 5)."""
    scene = Scene().running(wanted=OneShot.FRESH).behaves(large=DIES)
    scene.carry_out(StartFresh(fresh_launch()), Reason.ASKED_BY_PERSON)

    assert scene.told == [EventType.START_FAILED]
    assert (scene.record.conversation, scene.record.generation, scene.record.prompted) == ("c1", 1, True)
    assert (scene.record.asked_model, scene.record.wanted, scene.record.failures) == ("small", OneShot.FRESH, 1)


@pytest.mark.parametrize("words", [{"env_file": "/nowhere/secrets"}, {"cwd": "/nowhere"}])
def test_fresh_that_cannot_start_stops_nothing(words: dict[str, str]) -> None:
    """What can be known before the first signal is asked before it."""
    scene = Scene().running()
    scene.carry_out(StartFresh(fresh_launch(**words)))

    assert [order.nonce for order in scene.living] == ["n0"]
    assert (scene.record.conversation, scene.record.asked_model) == ("c1", "small")


def test_a_stop_is_final_and_told() -> None:
    """The process is gone, its conversation is remembered, a person's wish is done."""
    scene = Scene().running(wanted=OneShot.STOP)
    scene.carry_out(Stop(), Reason.STOPPED_BY_FILE)

    assert scene.story == ["intent stop", "stop", "record"]
    assert [order.final for order in scene.runtime.stopped] == [True]
    assert (scene.record.process, scene.record.conversation, scene.record.wanted) == (None, "c1", None)
    assert scene.told == [EventType.SESSION_STOPPED]


def test_a_stop_that_fails_is_tried_again_ever_later() -> None:
    """What lives is still ours, and still known (law 4)."""
    scene = Scene().running().ignoring_signals()
    before = scene.record
    outcome = scene.carry_out(Stop(), Reason.STOPPED_BY_FILE)

    assert (outcome.end, scene.record.process, scene.told) == (End.FAILED, before.process, [EventType.STOP_FAILED])
    assert (scene.record.failures, scene.record.retry_at is not None) == (1, True)


def test_a_switch_in_place_is_proven_by_what_the_agent_reports() -> None:
    """Intent, line, record, and the same process all along."""
    scene = Scene().running()
    reports = iter([report("small"), report("small"), report("large", 2.0)])
    scene.eyes.model_of = lambda: next(reports)
    scene.carry_out(SWITCH)

    assert scene.story == ["intent switch", "type /model large", "record"]
    assert scene.event(EventType.MODEL_SWITCH)["strategy"] == "in-place"
    assert (scene.record.asked_model, scene.record.last_good_model) == ("large", "large")
    assert scene.record.process is not None
    assert scene.record.process.nonce == "n0"


@pytest.mark.parametrize("stale", [report("small"), report("large"), None])
def test_a_switch_in_place_that_nothing_shows_is_not_recorded_as_done(stale: ObservedModel | None) -> None:
    """An old report of the wanted model, from before the line was typed, proves nothing (law 11)."""
    scene = Scene().running()
    scene.eyes.model_of = lambda: stale
    outcome = scene.carry_out(SWITCH)

    assert outcome.end is End.FAILED
    assert scene.told == [EventType.SWITCH_FAILED]
    assert scene.record.asked_model == "small"
    assert not scene.journal.intents


def test_a_switch_in_place_that_failed_is_not_tried_for_ever() -> None:
    """Parked for what was desired, so that the guard holds it (law 12)."""
    scene = Scene().running()
    scene.carry_out(SWITCH)

    assert scene.record.parked_for == wanted_key("large", None, NEW)


def test_a_line_that_cannot_be_typed_is_a_switch_that_failed() -> None:
    """The process died since the plan: told, parked, and its intent is closed."""
    scene = Scene().running()
    scene.machine.kill(NAME)
    outcome = scene.carry_out(SWITCH)

    assert (outcome.end, scene.told) == (End.FAILED, [EventType.SWITCH_FAILED])
    assert not scene.journal.intents


def test_a_held_change_is_no_work() -> None:
    """A leave is passed over."""
    scene = Scene().running()
    outcome = scene.carry_out(Leave(), Reason.IN_SYNC)  # type: ignore[arg-type]

    assert (outcome.end, scene.story) == (End.HELD, [])


def test_the_old_agents_own_ladder_stops_it() -> None:
    """Another agent takes over: the one that runs is stopped as its own profile says."""
    ours = profile("other", settle=0.0)
    scene = Scene(profile=ours).running(agent="other")
    scene.carry_out(StartFresh(fresh_launch()))

    assert [order.ladder for order in scene.runtime.stopped] == [tuple(ours.stop)]
