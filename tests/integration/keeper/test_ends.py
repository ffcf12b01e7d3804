"""How a keeper ends: asked to, or because its agent did; and that nothing of it stays."""

import os
import signal

import pytest

from tests.integration.keeper.world import LARGE, Refused, World, living
from tests.waiting import wait_for


def gone(world: World) -> bool:
    return not world.socket.exists() and living(world.keeper.pid) == []


def test_a_keeper_that_is_asked_to_stop_ends_in_order(world: World) -> None:
    world.ready("grandchild").said_and_done("fork")

    assert len(world.members()) == 3
    assert world.stop() == 0

    assert world.wait(state="ended", exit="exit 0", conversation=world.conversation)
    assert len(world.log("close")) == 1
    assert gone(world)
    assert world.journal("ended") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_other_signals_ask_it_too(world: World, number: signal.Signals) -> None:
    world.ready()

    world.keeper.send_signal(number)

    assert world.ended() == 0
    assert gone(world)


def test_a_turn_is_cancelled_first_and_what_waits_is_delivered_by_the_next_keeper(world: World) -> None:
    client = world.ready(model=LARGE)
    turn = client.prompt("hold")
    world.wait(activity="busy")
    later = client.prompt("say:later")
    world.wait(queued=1)

    assert world.stop() == 0

    with pytest.raises(Refused, match="the prompt is kept") as refused:
        client.end(later)
    assert refused.value.code == -32050

    assert client.end(turn)["stopReason"] == "cancelled"
    assert world.journal("turn_end")[0]["stop_reason"] == "cancelled"
    world.ready(resume=True, conversation=world.conversation)
    world.wait(turns=2, queued=0)
    assert [text for text, _ in world.heard()] == ["hold", "say:later"]


@pytest.mark.parametrize(
    "faults,how", [("ignores-eof", "signal 15"), ("ignores-eof,ignores-term,grandchild", "signal 9")]
)
def test_an_agent_that_stays_when_its_input_closes_is_ended(world: World, faults: str, how: str) -> None:
    world.ready(faults, grace=0.2)

    assert world.stop() == 0

    assert world.wait(state="ended", exit=how)
    assert gone(world)


def test_an_agent_that_ignores_a_cancel_is_not_waited_for(world: World) -> None:
    client = world.ready("ignores-cancel,ignores-eof", grace=0.2)
    turn = client.prompt("hold")
    client.prompt("say:later")
    world.wait(activity="busy", queued=1)

    assert world.stop() == 0

    with pytest.raises(Refused, match="the agent ended"):
        client.end(turn)
    assert gone(world)
    assert [text for text, _ in world.heard()] == ["hold"]
    assert [entry["text"] for entry in world.journal("prompt")] == ["hold", "say:later"]


def test_a_session_that_opens_can_be_stopped(world: World) -> None:
    world.start("mute", grace=0.2)
    wait_for(lambda: world.statement.get("agent_pid"))

    assert world.stop() == 0

    assert world.wait(state="ended")
    assert gone(world)


@pytest.mark.parametrize("faults", ["", "grandchild"])
def test_an_agent_that_is_killed_in_mid_turn_ends_the_keeper_with_its_word(world: World, faults: str) -> None:
    """With a process that holds its output open, and without: then the end of the output comes first."""
    client = world.joined(faults)
    turn = client.prompt("say:a hold")
    wait_for(lambda: client.updates() == ["a"])
    client.prompt("say:later")
    world.wait(queued=1)

    os.kill(world.statement["agent_pid"], signal.SIGKILL)

    with pytest.raises(Refused, match="the agent ended"):
        client.end(turn)
    assert world.ended() == 128 + signal.SIGKILL
    assert world.wait(state="ended", exit="signal 9")
    assert gone(world)
    assert world.journal("turn_end")[0]["error"] == "the agent ended"
    assert world.journal("ended")[0]["exit"] == "signal 9"
    world.ready(resume=True, conversation=world.conversation)
    world.wait(turns=2, queued=0)
    assert [text for text, _ in world.heard()] == ["say:a hold", "say:later"]


def test_an_agent_that_ends_by_itself_is_told_with_its_code(world: World) -> None:
    client = world.ready()

    client.prompt("die")

    assert world.ended() == 3
    assert world.wait(state="ended", exit="exit 3")


def test_what_an_agent_said_just_before_its_end_is_not_lost(world: World) -> None:
    client = world.ready()

    client.prompt("burst:200:2000 die")

    assert world.ended() == 3
    assert len(world.journal("update")) == 200


def test_prompts_are_refused_while_the_session_closes(world: World) -> None:
    client = world.ready("ignores-eof", grace=1.0)
    world.keeper.send_signal(signal.SIGTERM)
    world.wait(state="closing")

    with pytest.raises(Refused, match="closing") as refused:
        client.call("session/prompt", sessionId=world.conversation, prompt=[{"type": "text", "text": "x"}])

    assert refused.value.code == -32050
    assert world.ended() == 0
    assert world.journal("prompt") == []
