"""What stands in each agent's input line, on screens of the real agents (``screens/*-input.txt``).

Recorded with their styles from the versions that the profiles name as proven, shortened in rules, blanks and what
scrolled by. ``wrapped`` is one long line, ``lines`` are two that a person typed.
"""

import re
from typing import Final

import pytest

from controller.model.session import RuntimeKind
from controller.runtimes.screen import draft, holds
from tests.unit.profiles.reading import fixture
from tests.unit.profiles.test_screens import SCREENS

LONG: Final = "long " + "word and another one, " * 14 + "END"
TYPED: Final = {"empty": "", "busy": "", "draft": "half a thou", "lines": "line one\nline two", "wrapped": LONG}
RECORDED: Final = [
    (file.name.removesuffix("-input.txt"), state, screen)
    for file in sorted(SCREENS.glob("*-input.txt"))
    for state, screen in re.findall(r"^%% (\w+)\n(.*?)(?=^%% |\Z)", file.read_text(), re.MULTILINE | re.DOTALL)
]


def shown(agent: str, screen: str) -> str | None:
    """What the profile's pattern finds."""
    line = fixture(agent).runtimes[RuntimeKind.TMUX].input_line
    assert line
    return draft(screen, line)


@pytest.mark.parametrize(
    "agent, state, screen", [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in RECORDED if one[1] in TYPED]
)
def test_an_input_line_holds_what_was_typed_and_no_hint(agent: str, state: str, screen: str) -> None:
    text = TYPED[state]
    found = shown(agent, screen)

    assert found == "" if not text else holds(found, text)


@pytest.mark.parametrize("agent, screen", [(agent, screen) for agent, state, screen in RECORDED if state == "menu"])
def test_a_menu_or_a_question_is_no_empty_input_line(agent: str, screen: str) -> None:
    """Most are no input line at all; a search field in one may hold something."""
    assert shown(agent, screen) != ""
