"""A client that others wrote talks with our embedded agent and with our keeper, and neither side was changed for it."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from controller.model.event import EventType
from tests.integration.controller_world import PATIENCE
from tests.integration.headless_world import HEADLESS, HeadlessWorld, headless
from tests.waiting import wait_for

from .acpx import MUSTER, Acpx

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture
def demo_home(short_path: Path) -> Path:
    return short_path / "demo"


@pytest.fixture
def client(short_path: Path, demo_home: Path) -> Iterator[Acpx]:
    """Give acpx with the embedded agent behind it, on stdin and stdout."""
    words = {"MUSTER_DEMO_HOME": str(demo_home), "MUSTER_DEMO_THINK": "0"}
    acpx = Acpx(short_path / "home", str(MUSTER), "embedded-agent", "--acp", **words)
    acpx.run("sessions", "new")
    yield acpx
    acpx.close()


def running(demo_home: Path) -> list[int]:
    """The agents that say of themselves that they run."""
    return [json.loads(path.read_text())["pid"] for path in demo_home.glob("sessions/*.json")]


def test_acpx_talks_with_the_embedded_agent(client: Acpx) -> None:
    assert client.run("prompt", "the cat is Tom") == "[midi-1] I will remember: the cat is Tom"

    client.run("set", "model", "maxi")
    assert "giga" in client.run("set", "model", "giga", exits=1)

    assert client.run("prompt", "what did I tell you?") == "[maxi-1] You told me: the cat is Tom"
    (status,) = client.messages("status")
    assert (status["model"], status["availableModels"]) == ("maxi", ["mini", "midi", "maxi"])


def test_acpx_is_asked_and_answers(client: Acpx) -> None:
    assert client.run("--approve-all", "prompt", "ask me") == "[midi-1] You said yes."
    assert client.run("--deny-all", "prompt", "ask me") == "[midi-1] You said no."


def test_acpx_cancels_a_turn(client: Acpx, demo_home: Path) -> None:
    client.run("prompt", "--no-wait", "take 600 seconds")
    wait_for(lambda: list(demo_home.glob("projects/*/*")), what="the turn")

    client.run("cancel")

    assert client.run("prompt", "recall") == "[midi-1] You told me: take 600 seconds"


def test_acpx_goes_on_after_the_agent_was_killed(client: Acpx, demo_home: Path) -> None:
    """It resumes the conversation, and sets the model again that a resume has lost."""
    client.run("prompt", "the cat is Tom")
    client.run("set", "model", "maxi")
    (before,) = running(demo_home)

    os.kill(before, signal.SIGKILL)
    wait_for(lambda: not psutil.pid_exists(before), what="the end of the agent")

    assert client.run("prompt", "what did I tell you?") == "[maxi-1] You told me: the cat is Tom"
    assert before not in {pid for pid in running(demo_home) if psutil.pid_exists(pid)}


@contextlib.contextmanager
def behind_muster(place: Path, world: HeadlessWorld) -> Iterator[Acpx]:
    """Give acpx with a session of Muster's behind it: what it starts is the way to the keeper."""
    words = {name: value for name, value in world.env.items() if name.startswith("MUSTER_")}
    acpx = Acpx(place, str(MUSTER), "acp", "alice", **words)
    acpx.run("sessions", "new")
    yield acpx
    acpx.close()


def test_acpx_talks_with_a_keeper(short_path: Path) -> None:
    """It joins a conversation that goes on, is switched by the file, and leaves the session as it is."""
    with headless(short_path / "w", {"alice": HEADLESS}) as world:
        world.ask("alice", "the dog is Rex")
        before = (world.pid("alice"), world.agent_pid("alice"), world.conversation("alice"))
        with behind_muster(short_path / "home", world) as client:
            assert client.run("prompt", "the cat is Tom") == "[mini-1] I will remember: the cat is Tom"

            world.write("alice.yaml", HEADLESS.replace("mini", "maxi"))
            world.told(EventType.MODEL_SWITCH, "alice")
            assert client.run("prompt", "recall") == "[maxi-1] You told me: the dog is Rex; the cat is Tom"
            assert client.run("--approve-all", "prompt", "ask me") == "[maxi-1] You said yes."

            client.run("set", "model", "midi")
            assert client.run("prompt", "hello") == "[midi-1] I will remember: hello"

        assert (world.pid("alice"), world.agent_pid("alice"), world.conversation("alice")) == before
        assert world.ask("alice", "recall").text.endswith("You told me: the dog is Rex; the cat is Tom; ask me; hello")


def test_acpx_goes_on_after_a_session_was_restarted(short_path: Path) -> None:
    """The keeper behind it dies; its next prompt finds the new one, and the same conversation."""
    with (
        headless(short_path / "w", {"alice": HEADLESS}) as world,
        behind_muster(short_path / "home", world) as client,
    ):
        client.run("prompt", "the cat is Tom")
        keeper = world.pid("alice")
        assert keeper is not None
        os.kill(keeper, signal.SIGKILL)
        wait_for(lambda: world.pid("alice") not in {None, keeper}, PATIENCE, "another keeper")
        world.up("alice", model="mini")

        assert client.run("prompt", "recall") == "[mini-1] You told me: the cat is Tom"
