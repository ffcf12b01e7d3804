"""A client that others wrote talks with our embedded agent and with our keeper, and neither side was changed for it."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

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
    acpx.run("sessions", "close")


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
