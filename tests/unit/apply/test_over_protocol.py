"""Switches over the protocol: what is told, and what each answer comes to."""

from dataclasses import replace

import pytest

from controller.errors import GuardHolds, MusterError
from controller.model.event import EventType
from controller.model.outcome import End
from controller.model.plan import Restart, SwitchInPlace
from controller.model.record import wanted_key
from controller.model.wish import ModelWish
from controller.runtimes.base import NoChannel
from tests.unit.apply.scene import NEW, Scene, launch

LARGE = ModelWish(name="large", value="large-1", patterns=("large-1",))
SWITCH = SwitchInPlace("large", LARGE, NEW, instead=Restart(launch(), launch("small"), None))


def answered(refusal: MusterError | None, action: SwitchInPlace = SWITCH) -> tuple[Scene, End]:
    """Carry a switch out while the keeper answers in a way."""
    scene = Scene().running()
    scene.runtime.refusal = refusal
    return scene, scene.carry_out(action).end


def test_what_the_agent_confirms_is_a_switch() -> None:
    """Intent, word, record, and the same process all along; no turn is waited for."""
    scene, end = answered(None)
    assert (end, scene.story) == (End.DONE, ["intent switch", "tell large", "record"])
    assert scene.event(EventType.MODEL_SWITCH)["strategy"] == "in-place"
    assert (scene.record.asked_model, scene.record.process and scene.record.process.nonce) == ("large", "n0")


def test_an_agent_without_a_way_is_restarted() -> None:
    """A method that is not there is a failure of the switch in place, never a success (law 11)."""
    scene, end = answered(NoChannel("cannot switch ann to large: method not found"))
    assert end is End.DONE
    assert scene.story == ["intent switch", "tell large", "intent restart", "stop", "start large", "record"]
    assert scene.event(EventType.MODEL_SWITCH)["strategy"] == "restart"
    assert not scene.journal.intents


def test_without_a_restart_to_fall_back_to_it_is_parked() -> None:
    scene, end = answered(NoChannel("no way"), replace(SWITCH, instead=None))
    assert (end, scene.record.parked, scene.told) == (End.FAILED, "no way", [EventType.SWITCH_FAILED])


def test_a_turn_that_began_meanwhile_is_waited_for() -> None:
    """Nothing is parked: the next pass looks again."""
    scene, end = answered(GuardHolds("cannot switch ann to large: a turn is under way"))
    assert (end, scene.record.parked, scene.told) == (End.HELD, None, [])
    assert scene.record.asked_model == "small"
    assert not scene.journal.intents


def test_a_model_that_is_not_offered_is_parked_and_nothing_else_is_touched() -> None:
    scene, _ = answered(MusterError("cannot switch ann to large: not offered"))
    assert scene.story == ["intent switch", "tell large", "record"]
    assert scene.record.parked_for == wanted_key("large", None, NEW)
    assert scene.record.asked_model == "small"


@pytest.mark.parametrize("refusal", [None, MusterError("cannot reach ann")])
def test_a_word_for_later_changes_nothing_yet(refusal: MusterError | None) -> None:
    """The keeper says so when a prompt has come; until then the session is on its model."""
    scene, end = answered(refusal, replace(SWITCH, deferred=True))
    assert scene.story == ["tell large later"]
    assert (end, scene.record.asked_model) == (End.FAILED if refusal else End.DONE, "small")
