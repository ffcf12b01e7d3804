"""The restart transaction: what happens in which order, and every way out of it (design 3.2)."""

import errno
from dataclasses import replace
from typing import Any

import pytest

from controller.errors import MusterError, Starved
from controller.model.event import EventType
from controller.model.outcome import End
from controller.model.plan import Guard, Hold, Reason
from controller.model.profile import Minted
from controller.model.record import OneShot, wanted_key
from tests.contract.fake_runtime import Behaviour
from tests.unit.apply.scene import Scene, launch, restart, telling

DIES = Behaviour(exits_at_once=3)
MISSING = Behaviour(missing=True)


def test_the_intent_is_durable_before_the_first_signal() -> None:
    """Intent, stop, start, record: in this order and no other (law 9)."""
    scene = Scene().running()
    outcome = scene.carry_out(restart())

    assert outcome.end is End.DONE
    assert scene.story == ["intent restart", "stop", "start large", "record"]
    assert not scene.journal.intents


@pytest.mark.parametrize("named,unseen", [("c1", False), (None, True)])
def test_one_that_has_not_named_its_conversation_is_not_believed_for_good(named: str | None, *, unseen: bool) -> None:
    """It hangs, perhaps, and begins another one later: that is then no person's choice (law 5)."""
    scene = Scene().running()
    scene.eyes.reported = named
    scene.carry_out(restart())

    assert (scene.record.conversation, scene.record.unseen) == ("c1", unseen)


def test_a_restart_keeps_the_conversation_and_takes_the_model() -> None:
    """The record says what runs now: the new process, the new model, the old conversation."""
    scene = Scene().running(failures=2, last_error="it failed", pending_since=None, wanted=OneShot.RESTART)
    scene.carry_out(restart())

    assert [order.asked_model for order in scene.living] == ["large"]
    assert scene.record.process is not None
    assert scene.machine.alive(scene.record.process)
    assert (scene.record.asked_model, scene.record.last_good_model) == ("large", "large")
    assert (scene.record.conversation, scene.record.prompted, scene.record.wanted) == ("c1", True, None)


def test_model_switch_says_from_and_to() -> None:
    """The event carries the keys of the contract (design 5)."""
    scene = Scene().running()
    scene.carry_out(restart())
    said = scene.event(EventType.MODEL_SWITCH)

    assert scene.told == [EventType.MODEL_SWITCH]
    assert said.pop("seconds") > 0
    assert said == {"from_model": "small", "to_model": "large", "strategy": "restart", "context": "kept"}


def test_a_restart_on_the_same_model_is_no_switch() -> None:
    """Changed settings restart the agent; its model moved nowhere, and no event says that it did (law 11)."""
    scene = Scene().running("large")
    scene.carry_out(restart(back=None), Reason.SETTINGS_CHANGED)

    assert scene.told == [EventType.SESSION_RESUMED]


def test_a_revert_is_a_switch_from_the_wrong_model() -> None:
    """Asked for large all the time, it went to small by itself: from small to large it is brought."""
    scene = Scene().running("large")
    scene.carry_out(restart(back=None, mends="small"), Reason.DRIFTED)

    assert scene.event(EventType.MODEL_SWITCH)["from_model"] == "small"
    assert scene.record.mends == "small"


def test_nothing_starts_while_the_predecessor_lives() -> None:
    """What no signal ends stays the one writer of its conversation (law 3)."""
    scene = Scene().running().ignoring_signals()
    before = scene.record
    outcome = scene.carry_out(restart(fresh=True))

    assert outcome.end is End.FAILED
    assert scene.story == ["intent restart", "stop", "record"]
    assert scene.told == [EventType.STOP_FAILED]
    assert (scene.record.process, scene.record.asked_model) == (before.process, before.asked_model)
    assert scene.record.conversation == "c1"


def test_a_stop_that_failed_is_not_tried_for_ever() -> None:
    """Parked until something else is desired (law 12)."""
    scene = Scene().running().ignoring_signals()
    action = restart()
    scene.carry_out(action)

    assert scene.record.parked
    assert scene.record.parked_for == wanted_key("large", None, action.launch.fingerprint)


@pytest.mark.parametrize("kills, lives", [(1, "large"), (2, "small")])
def test_one_that_is_killed_before_it_is_up_gets_one_more_try(kills: int, lives: str) -> None:
    """Whoever killed it, or the want of memory, said nothing of the model; twice in a row is no accident."""
    scene = Scene().running()
    tries = iter([Behaviour(exits_at_once=-9)] * kills)
    scene.machine.behave = lambda order: next(tries, Behaviour()) if order.asked_model == "large" else Behaviour()
    scene.carry_out(restart())

    assert [(order.asked_model, order.conversation) for order in scene.living] == [(lives, "c1")]
    assert scene.told == [EventType.MODEL_SWITCH if lives == "large" else EventType.ROLLED_BACK]
    assert not scene.journal.intents


def test_a_model_that_does_not_come_up_leads_back_to_the_one_that_worked() -> None:
    """Same conversation, old model, parked with its reason, and never a model_switch (law 11)."""
    scene = Scene().running().behaves(large=DIES)
    outcome = scene.carry_out(restart(fresh=True))

    assert (outcome.end, "exit 3" in outcome.sentence) == (End.FAILED, True)
    assert [(order.asked_model, order.conversation) for order in scene.living] == [("small", "c1")]
    assert scene.told == [EventType.ROLLED_BACK]
    assert (scene.record.asked_model, scene.record.conversation) == ("small", "c1")
    assert scene.record.parked is not None
    assert "back on small" in scene.record.parked


def test_an_agent_that_ends_itself_before_it_speaks_did_not_start() -> None:
    """It cannot take the model, and needs seconds to find out; that it lived so long proves nothing (law 11)."""
    scene = Scene(profile=telling(speaks_within=60)).running()

    def looks() -> bool:
        if scene.living[0].asked_model == "large":
            scene.machine.kill("ann", "exit 1")
        return bool(scene.living)

    scene.eyes.speaks_of = looks
    outcome = scene.carry_out(restart())

    assert (outcome.end, "exit 1" in outcome.sentence) == (End.FAILED, True)
    assert [order.asked_model for order in scene.living] == ["small"]
    assert scene.told == [EventType.ROLLED_BACK]


def test_an_agent_that_speaks_late_is_waited_for_and_one_that_never_does_is_believed() -> None:
    words = [False, False, True]
    scene = Scene(profile=telling(speaks_within=60)).running()
    scene.eyes.speaks_of = lambda: words.pop(0) if words else False
    scene.carry_out(restart())

    assert (words, scene.told[0]) == ([], EventType.MODEL_SWITCH)

    scene.eyes.speaks_of = lambda: False
    scene.carry_out(restart(back=None))
    assert [order.asked_model for order in scene.living] == ["large"]


def test_where_back_fails_and_the_file_allows_it_a_new_session_starts() -> None:
    """The conversation is left behind, loudly, in the words of the systems before us (law 5)."""
    scene = Scene().running().behaves(small=DIES)
    scene.machine.behave = lambda order: DIES if order.conversation == "c1" else Behaviour()
    scene.carry_out(restart(fresh=True))
    said = scene.event(EventType.SESSION_FRESH)

    assert (said["message"], said["left"]) == ("A new session was started.", "c1")
    assert scene.event(EventType.MODEL_SWITCH)["context"] == "lost"
    assert (scene.record.conversation, scene.record.generation, scene.record.prompted) == ("c2", 2, False)


def test_where_nothing_comes_up_it_stays_down_with_its_conversation() -> None:
    """Down, loudly, to be tried again later; the record still names the model and conversation that were (law 11)."""
    scene = Scene().running().behaves(large=DIES, small=MISSING)
    scene.carry_out(restart())

    assert not scene.living
    assert scene.told == [EventType.START_FAILED]
    assert (scene.record.process, scene.record.asked_model, scene.record.conversation) == (None, "small", "c1")
    assert (scene.record.failures, scene.record.retry_at is None) == (1, False)


@pytest.mark.parametrize("dying", [{}, {"large": DIES}, {"large": DIES, "small": DIES}])
def test_every_way_out_closes_its_intents(dying: dict[str, Behaviour]) -> None:
    """An intent that stays open would be finished a second time by the next controller."""
    scene = Scene().running().behaves(**dying)
    scene.carry_out(restart(fresh=True))

    assert not scene.journal.intents


def test_each_launch_has_an_intent_of_its_own() -> None:
    """The way back and the way out are launches too: killed beside them, the controller knows their process."""
    scene = Scene().running()
    scene.machine.behave = lambda order: DIES if order.conversation == "c1" else Behaviour()
    scene.carry_out(restart(fresh=True))

    assert scene.story == [
        *("intent restart", "stop", "start large", "stop"),
        *("intent restart", "start small", "stop"),
        *("intent fresh", "start large", "record"),
    ]


def test_guards_are_asked_again_on_fresh_facts() -> None:
    """It became busy since the plan: nothing is touched, and no intent was written (law 2)."""
    scene = Scene().running()
    scene.eyes.hold = Hold(restart(), Guard.BUSY, "busy; waits for idle")
    outcome = scene.carry_out(restart())

    assert (outcome.end, outcome.guard, outcome.sentence) == (End.HELD, Guard.BUSY, "busy; waits for idle")
    assert scene.story == []


def test_nothing_is_touched_when_the_state_cannot_be_written() -> None:
    """Without its intent on the disk nothing may begin (law 9)."""
    scene = Scene().running()
    scene.journal.refuses = lambda _: True
    with pytest.raises(MusterError, match="no space left"):
        scene.carry_out(restart())

    assert (scene.story, len(scene.living)) == ([], 1)


@pytest.mark.parametrize(
    "words", [{"conversation": Minted.BY_US}, {"conversation": Minted.BY_AGENT, "loses_unknown_id": True}]
)
def test_an_agent_that_went_its_own_way_is_called_off(words: dict[str, Any]) -> None:
    """Asked to resume c1 it started another conversation: it goes, before the way back is tried (law 3)."""
    scene = Scene(profile=telling(**words)).running()
    scene.eyes.reported = "c9"
    scene.machine.behave = lambda order: MISSING if order.asked_model == "small" else Behaviour()
    scene.carry_out(restart())

    assert not scene.living
    assert scene.record.conversation == "c1"
    assert "started another conversation (c9)" in str(scene.record.parked)


@pytest.mark.parametrize("silent", [1, 3])
def test_an_agent_is_waited_for_until_it_names_the_conversation_that_it_resumed(silent: int) -> None:
    """Believed before it said a word, it would be on another conversation in silence as soon as it does (law 5)."""
    scene = Scene(profile=telling()).running()
    scene.eyes.reported, scene.eyes.silent = "c9", silent
    scene.carry_out(restart())

    assert scene.record.conversation == "c1"
    assert "started another conversation (c9)" in str(scene.record.parked)


def test_an_agent_that_never_names_its_conversation_is_believed() -> None:
    """Some are asked something first; it is not known to be on another one."""
    scene = Scene(profile=telling()).running()
    outcome = scene.carry_out(restart())

    assert (outcome.end, scene.record.conversation) == (End.DONE, "c1")


def test_an_id_that_the_agent_reports_is_taken_where_it_mints_them() -> None:
    """The agent's own word counts for a conversation that it made."""
    scene = Scene(profile=telling(conversation=Minted.BY_AGENT)).running()
    scene.eyes.reported = "c9"
    scene.carry_out(restart())

    assert scene.record.conversation == "c9"


@pytest.mark.parametrize("words", [{"env_file": "/nowhere/secrets"}, {"cwd": "/nowhere"}])
def test_what_cannot_start_is_found_before_anything_is_stopped(words: dict[str, str]) -> None:
    """A conversation is not lost to a second look: the process goes on, parked with the reason."""
    scene = Scene().running()
    outcome = scene.carry_out(restart(fresh=True, **words))

    assert outcome.end is End.FAILED
    assert "/nowhere" in outcome.sentence
    assert [order.nonce for order in scene.living] == ["n0"]
    assert scene.told == [EventType.SWITCH_FAILED]
    assert scene.record.parked_for == wanted_key("large", None, launch().fingerprint)


def test_the_whole_way_back_is_on_the_old_model() -> None:
    """A way back is launched by its own argv, and the record says so."""
    scene = Scene().running().behaves(large=DIES)
    action = restart()
    assert action.back is not None
    scene.carry_out(replace(action, back=replace(action.back, argv=("agent", "--old"))))

    assert [order.argv for order in scene.living] == [("agent", "--old")]
    assert scene.record.last_good_model == "small"


def test_back_from_a_refused_model_the_session_is_parked() -> None:
    """The provider did not give us the model: on the one that answers, with the reason, until files say otherwise."""
    scene = Scene().running("large", answered_model="small")
    scene.carry_out(replace(restart(back=None), launch=launch("small"), parks=("refuses large", "key")), Reason.REFUSED)

    assert [order.asked_model for order in scene.living] == ["small"]
    assert (scene.record.parked, scene.record.parked_for) == ("refuses large", "key")
    assert scene.event(EventType.ROLLED_BACK) == {"from_model": "large", "to_model": "small", "error": "refuses large"}


def test_what_the_machine_has_no_room_for_is_no_failure_and_never_given_up() -> None:
    """No other way is tried, nothing is counted, and it is tried again soon."""
    scene = Scene().running(failures=5)
    scene.runtime.lacks = OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Starved, match="No space left on device"):
        scene.carry_out(restart())
    assert scene.story == ["intent restart", "stop", "start large", "record"]
    assert not scene.journal.intents
    assert (scene.record.process, scene.record.failures, scene.record.parked) == (None, 5, None)
    assert scene.record.retry_at is not None


def test_what_has_no_room_to_come_up_again_is_not_stopped() -> None:
    """Asked before the first signal; nothing is remembered of it but that it runs."""
    scene = Scene().running()
    scene.lacks = OSError(errno.EMFILE, "Too many open files")
    before = scene.record

    with pytest.raises(Starved, match="cannot restart ann: Too many open files"):
        scene.carry_out(restart())
    assert scene.story == []
    assert scene.record == before
