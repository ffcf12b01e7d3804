"""What profiles read off terminals, on screens as they were recorded from real agents (``screens/``)."""

from pathlib import Path

import pytest

from controller.model.clock import Now
from controller.model.observed import Activity, Observed, Presence
from controller.observe.screen import seen
from tests.unit.profiles.reading import fixture

SCREENS = Path(__file__).resolve().parent / "screens"
NOW = Now(wall=1000.0, boot=100.0, boot_id="b")
BUSY = Observed(name="s", presence=Presence.RUNNING, activity=Activity.BUSY, idle_for=7.0)


@pytest.mark.parametrize(
    "agent, screen, activity, refused",
    [
        ("gemini", "gemini-refused", Activity.WAITING, 993.0),
        ("gemini", "gemini-stopped", Activity.BUSY, 0.0),
        ("aider", "aider-start", Activity.IDLE, 0.0),
        ("aider", "aider-busy", Activity.BUSY, 0.0),
        ("aider", "aider-answered", Activity.IDLE, 0.0),
        ("aider", "aider-asks", Activity.WAITING, 0.0),
        ("aider", "aider-files", Activity.IDLE, 0.0),
    ],
)
def test_a_recorded_screen_says_what_the_agent_does(
    agent: str, screen: str, activity: Activity, refused: float
) -> None:
    rules = fixture(agent).screen
    assert rules
    said = seen(BUSY, rules, (SCREENS / f"{screen}.txt").read_text().rstrip(), NOW)

    assert (said.activity, said.refused) == (activity, refused)
