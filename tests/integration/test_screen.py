"""What an agent says on its terminal and nowhere else is noticed, and counts as if its files said it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.model.event import EventType
from tests.integration.controller_world import FLEET, PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

pytestmark = pytest.mark.tmux

SCREEN = "agents: {demo: {screen: {waiting: ['overwrite it\\?'], refused: ['no such model']}}}\n"
"""The terminal shows what is typed, and the agent is busy with it for a long time."""
MINI = "model: mini\nruntime: tmux\nupdate: {attached: allow}\n"


@pytest.fixture
def world(short_path: Path) -> Iterator[ControllerWorld]:
    with live(short_path, FLEET + SCREEN, {"alice": MINI}) as made:
        yield made


def press(world: ControllerWorld, text: str) -> None:
    """Type a prompt, as a person does."""
    command = ["tmux", "-S", str(world.state / "tmux.sock"), "send-keys", "-t", "=alice:"]
    for keys in (["-l", "--", text], ["Enter"]):
        subprocess.run([*command, *keys], check=True, env=world.env)


def test_a_question_on_the_screen_is_waiting_and_holds(world: ControllerWorld) -> None:
    pid = world.pid("alice")
    press(world, "take 600 seconds; overwrite it?")
    wait_for(lambda: world.status("alice")["activity"] == "waiting", PATIENCE, "alice to be waiting")
    world.write("alice.yaml", MINI.replace("mini", "maxi"))

    world.held("alice", "waiting")
    assert world.pid("alice") == pid


def test_a_refusal_that_only_the_screen_shows_brings_back_the_model_that_answered(world: ControllerWorld) -> None:
    press(world, "hello")
    world.told(EventType.MODEL_VERIFIED, "alice")
    conversation = world.conversation("alice")
    world.write("alice.yaml", MINI.replace("mini", "maxi"))
    world.up("alice", model="maxi")
    press(world, "take 600 seconds; no such model")

    [told] = world.told(EventType.ROLLED_BACK, "alice")
    assert (told["from_model"], told["to_model"]) == ("maxi", "mini")
    world.up("alice", model="mini")
    assert world.conversation("alice") == conversation
    seen = world.status("alice")
    assert (seen["state"], "the provider refuses maxi; back on mini" in seen["message"]) == ("parked", True)
