"""Sessions over the Agent Client Protocol: switched in place, resumed after every death, never in mid-turn."""

import os
import signal
from functools import partial
from pathlib import Path

from controller.model.event import EventType
from tests.integration.controller_world import PATIENCE
from tests.integration.headless_world import HEADLESS, HeadlessWorld, headless
from tests.waiting import wait_for

SECRET = "the secret is Ada"
TOLD = "what did I tell you?"


def moved(text: str = HEADLESS, model: str = "maxi") -> str:
    """The same file with another model."""
    return text.replace("model: mini", f"model: {model}")


def wishes(world: HeadlessWorld, model: str) -> bool:
    """Whether the keeper waits for a prompt with a model."""
    said = world.statement("alice")
    return said is not None and said.wish == model


def knows(world: HeadlessWorld, model: str) -> None:
    """The session answers on a model and knows the secret."""
    said = world.ask("alice", TOLD)
    assert SECRET in said.text
    assert (said.model or "").startswith(model)
    assert [one for one in world.turns("alice") if one == SECRET], "the agent's own transcript holds it"


def test_a_switch_in_place_keeps_both_processes_and_the_conversation(short_path: Path) -> None:
    """The next request carries the model of the file and the whole conversation."""
    with headless(short_path, {"alice": HEADLESS}) as world:
        assert world.ask("alice", SECRET).end["stopReason"] == "end_turn"
        before = (world.pid("alice"), world.agent_pid("alice"), world.conversation("alice"))
        world.write("alice.yaml", moved())
        (switch,) = world.told(EventType.MODEL_SWITCH, "alice")
        assert (switch["from_model"], switch["to_model"], switch["strategy"], switch["context"]) == (
            "mini",
            "maxi",
            "in-place",
            "kept",
        )
        assert (world.pid("alice"), world.agent_pid("alice"), world.conversation("alice")) == before
        knows(world, "maxi")
        world.told(EventType.MODEL_VERIFIED, "alice", 2)
        assert world.status("alice")["state"] == "verified"


def test_a_turn_under_way_is_not_switched(short_path: Path) -> None:
    """It ends on the model on which it began; then the session is told."""
    with headless(short_path, {"alice": HEADLESS}) as world:
        world.muster("send", "alice", "take 2 seconds")
        wait_for(lambda: world.doing("alice") == "busy", PATIENCE, "a turn")
        world.write("alice.yaml", moved())
        world.held("alice", "busy")
        assert world.model("alice") == "mini"
        world.told(EventType.MODEL_SWITCH, "alice")
        (turn,) = world.journal("alice", "turn_end")
        assert turn["model"] == "mini"


def test_a_dead_agent_comes_back_with_the_conversation_on_the_model_of_the_file(short_path: Path) -> None:
    with headless(short_path, {"alice": HEADLESS}) as world:
        world.ask("alice", SECRET)
        world.write("alice.yaml", moved())
        world.told(EventType.MODEL_SWITCH, "alice")
        conversation, keeper, agent = world.conversation("alice"), world.pid("alice"), world.agent_pid("alice")
        assert agent
        os.kill(agent, signal.SIGKILL)
        world.told(EventType.SESSION_RESUMED, "alice")
        world.up("alice", model="maxi")
        assert world.pid("alice") != keeper
        assert world.conversation("alice") == conversation
        assert world.events(EventType.SESSION_EXITED, "alice")[0]["how"]
        knows(world, "maxi")


def test_keepers_survive_the_sudden_death_of_the_controller(short_path: Path) -> None:
    """Law 8, in mid-turn: the turn ends, its answer is kept, and the next controller knows the session."""
    with headless(short_path, {"alice": HEADLESS}) as world:
        world.ask("alice", SECRET)
        before = (world.pid("alice"), world.agent_pid("alice"))
        world.muster("send", "alice", "take 1 seconds")
        wait_for(lambda: world.doing("alice") == "busy", PATIENCE, "a turn")
        world.kill()
        wait_for(lambda: len(world.journal("alice", "turn_end")) == 2, PATIENCE, "the turn's end")
        world.write("alice.yaml", moved())
        world.start()
        world.told(EventType.MODEL_SWITCH, "alice")
        assert (world.pid("alice"), world.agent_pid("alice")) == before
        knows(world, "maxi")


def test_an_agent_without_a_way_is_restarted_with_its_conversation(short_path: Path) -> None:
    faulty = f"{HEADLESS}env: {{MUSTER_DEMO_FAULT: no-model-channel}}\n"
    with headless(short_path, {"alice": faulty}) as world:
        world.ask("alice", SECRET)
        conversation, keeper = world.conversation("alice"), world.pid("alice")
        world.write("alice.yaml", moved(faulty))
        (switch,) = world.told(EventType.MODEL_SWITCH, "alice")
        assert switch["strategy"] == "restart"
        assert world.conversation("alice") == conversation
        assert world.pid("alice") != keeper
        assert SECRET in world.ask("alice", TOLD).text


def test_a_model_for_the_next_prompt_waits_for_it_and_is_there_before_it(short_path: Path) -> None:
    """Several changes before a prompt leave only the last."""
    later = f"{HEADLESS}update: {{when: next-prompt}}\n"
    with headless(short_path, {"alice": later}) as world:
        world.ask("alice", SECRET)
        for model in ("midi", "maxi"):
            world.write("alice.yaml", moved(later, model))
            wait_for(partial(wishes, world, model), PATIENCE, f"a wish for {model}")
        world.held("alice", "next-prompt")
        assert world.model("alice") == "mini"
        assert world.status("alice")["pending"]["model"] == "maxi"
        knows(world, "maxi")
        (switch,) = world.told(EventType.MODEL_SWITCH, "alice")
        assert (switch["from_model"], switch["to_model"], switch["strategy"]) == ("mini", "maxi", "in-place")


def test_a_refused_load_follows_the_policy_and_says_so_in_the_conversation(short_path: Path) -> None:
    """resume: auto goes on with a new conversation, and its record says that it is one."""
    freely = f"{HEADLESS}resume: auto\n"
    with headless(short_path, {"alice": freely}) as world:
        world.ask("alice", SECRET)
        left, transcript = world.conversation("alice"), world.transcript("alice")
        assert transcript
        agent = world.agent_pid("alice")
        assert agent
        world.kill()
        transcript.unlink()
        os.kill(agent, signal.SIGKILL)
        world.down("alice")
        world.start()
        world.told(EventType.SESSION_FRESH, "alice")
        world.up("alice")
        assert world.conversation("alice") != left
        assert [one["text"] for one in world.journal("alice", "status")][-1] == "A new session was started."


def test_a_front_ends_choice_is_reported_and_set_back_where_the_file_says_so(short_path: Path) -> None:
    """An ACP client may change the model as well as /model does; the file decides what becomes of it."""
    files = {"alice": HEADLESS, "bob": f"{HEADLESS}drift: revert\n"}
    with headless(short_path, files) as world:
        for name in files:
            world.choose(name, "maxi")
        world.told(EventType.MODEL_SWITCH, "bob")
        wait_for(lambda: world.model("bob") == "mini", PATIENCE, "bob on mini again")
        wait_for(lambda: world.status("alice")["state"] == "drifted", PATIENCE, "drift of alice")
        assert world.model("alice") == "maxi"
        assert not world.events(EventType.MODEL_SWITCH, "alice")


def test_an_agent_that_says_yes_and_stays_is_not_recorded_as_switched(short_path: Path) -> None:
    """Law 11: told in place, restarted, and as neither helps back on the model that worked, parked and said so."""
    faulty = f"{HEADLESS}env: {{MUSTER_DEMO_FAULT: wrong-model}}\n"
    with headless(short_path, {"alice": faulty}) as world:
        world.ask("alice", SECRET)
        conversation = world.conversation("alice")
        world.write("alice.yaml", moved(faulty))
        world.told(EventType.ROLLED_BACK, "alice")
        world.up("alice", model="mini")
        assert not world.events(EventType.MODEL_SWITCH, "alice")
        assert world.status("alice")["state"] == "parked"
        assert world.conversation("alice") == conversation
        assert SECRET in world.ask("alice", TOLD).text


def test_a_persons_now_cancels_the_turn_and_switches_behind_it(short_path: Path) -> None:
    """Not in its middle: the turn is over when the model is told, and its prompt is kept."""
    with headless(short_path, {"alice": HEADLESS}) as world:
        before = world.agent_pid("alice")
        world.muster("send", "alice", "take 60 seconds")
        wait_for(lambda: world.doing("alice") == "busy", PATIENCE, "a turn")
        world.write("alice.yaml", moved())
        world.held("alice", "busy")
        world.muster("apply", "--now", "alice")
        (turn,) = world.journal("alice", "turn_end")
        assert (turn["stop_reason"], turn["model"]) == ("cancelled", "mini")
        assert (world.model("alice"), world.agent_pid("alice")) == ("maxi", before)
