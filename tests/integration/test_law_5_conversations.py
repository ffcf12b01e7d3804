"""Law 5: a conversation is left behind only where the file or a person allows it, and the event says so."""

import os
import signal
from pathlib import Path

from controller.model.event import EventType
from tests.integration.controller_world import FLEET, PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

WORD = "my daughter is called Ada"
REQUIRED = "tier: family\nmodel: mini\nresume: required\n"
AUTO = "tier: family\nmodel: mini\nresume: auto\n"
NOTICE = "A new session was started."


def lose_conversation(world: ControllerWorld, name: str) -> str:
    """Hold a turn that the controller sees, then delete what the agent kept of it; gives the conversation's id."""
    world.talk(name, WORD)
    world.passes(1)
    path = world.transcript(name)
    assert path
    path.unlink()
    return world.conversation(name)


def moved(text: str) -> str:
    return text.replace("mini", "maxi")


def left_behind(world: ControllerWorld, name: str, conversation: str) -> None:
    """The session has another conversation, and one event says which was left."""
    [event] = world.told(EventType.SESSION_FRESH, name)
    assert (event["message"], event["left"]) == (NOTICE, conversation)
    assert world.conversation(name) != conversation


def test_required_conversation_that_is_lost_holds_the_switch_until_a_person_says_fresh(short_path: Path) -> None:
    """The process that still has it in mind is worth more than the model."""
    with live(short_path, files={"alice": REQUIRED}) as world:
        pid, conversation = world.pid("alice"), lose_conversation(world, "alice")
        world.write("alice.yaml", moved(REQUIRED))
        world.held("alice", "unresumable")
        world.passes()
        assert world.pid("alice") == pid
        assert not world.events(EventType.SESSION_FRESH)

        world.muster("fresh", "alice")
        world.up("alice", model="maxi")
        left_behind(world, "alice", conversation)


def test_required_conversation_that_is_lost_keeps_a_crashed_session_down(short_path: Path) -> None:
    """It stays down, loudly, across another controller too."""
    with live(short_path, files={"alice": REQUIRED}) as world:
        pid, _ = world.pid("alice"), lose_conversation(world, "alice")
        assert pid
        os.kill(pid, signal.SIGKILL)
        world.held("alice", "unresumable")
        world.kill()
        world.start()
        world.passes()
        assert world.pid("alice") is None
        assert "muster fresh alice" in world.status("alice")["message"]


def test_conversation_that_may_be_left_is_left_with_a_notice(short_path: Path) -> None:
    """`resume: auto`: the model is worth more, and people are told."""
    with live(short_path, files={"alice": AUTO}) as world:
        conversation = lose_conversation(world, "alice")
        world.write("alice.yaml", moved(AUTO))
        world.up("alice", model="maxi")
        left_behind(world, "alice", conversation)
        assert world.told(EventType.MODEL_SWITCH, "alice")[0]["context"] == "lost"


def test_conversation_that_is_there_is_never_left(short_path: Path) -> None:
    """`resume: auto` permits a loss where there is no other way; a crash and a switch keep the words."""
    with live(short_path, files={"alice": AUTO}) as world:
        world.talk("alice", WORD)
        pid = world.pid("alice")
        assert pid
        os.kill(pid, signal.SIGKILL)
        world.told(EventType.SESSION_RESUMED, "alice")
        world.write("alice.yaml", moved(AUTO))
        world.up("alice", model="maxi")
        assert world.recalls("alice", WORD)
        assert not world.events(EventType.SESSION_FRESH)


def test_conversation_of_a_session_that_dies_while_it_is_being_started_is_kept(short_path: Path) -> None:
    """Its first prompt was heard and its id is taken: the next start resumes it, and does not say the prompt again."""
    slowly = f"{FLEET}agents: {{demo: {{settle: 3s}}}}\n"
    with live(short_path, slowly) as world:
        world.write("alice.yaml", f"{REQUIRED}prompt: {WORD}\n")
        wait_for(lambda: world.pid("alice") and world.turns("alice", "assistant"), PATIENCE, "the first answer")
        pid = world.pid("alice")
        assert pid
        os.kill(pid, signal.SIGKILL)

        world.told(EventType.SESSION_RESUMED, "alice")
        assert world.events(EventType.START_FAILED, "alice")
        assert world.turns("alice") == [WORD]
        assert world.recalls("alice", WORD)


def test_conversation_of_a_first_start_that_nobody_survived_is_kept(short_path: Path) -> None:
    """Controller and session end together in the middle of it, as by a power cut: the next controller resumes."""
    slowly = f"{FLEET}agents: {{demo: {{settle: 3s}}}}\n"
    with live(short_path, slowly) as world:
        world.write("alice.yaml", f"{REQUIRED}prompt: {WORD}\n")
        wait_for(lambda: world.pid("alice") and world.turns("alice", "assistant"), PATIENCE, "the first answer")
        pid = world.pid("alice")
        assert pid
        world.kill()
        os.kill(pid, signal.SIGKILL)
        world.start()

        world.told(EventType.SESSION_RESUMED, "alice")
        assert world.turns("alice") == [WORD]
        assert world.recalls("alice", WORD)
