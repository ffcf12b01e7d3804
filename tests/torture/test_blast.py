"""One edit that is good, wrong everywhere, or that empties all: what it may harm was declared."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture.blast import REFUSALS, Blast, emptied, fleet, misspelt, paced, program, refused
from tests.torture.ground import Ground, campaign


@pytest.mark.timeout(900)
@pytest.mark.parametrize("edit", [paced, misspelt, emptied])
def test_an_edit_of_many_is_paced_or_disturbs_nobody(
    short_path: Path, seed: int, edit: Callable[[Blast], None]
) -> None:
    agent = program(short_path, "")
    with campaign("blast", Ground(short_path / "w", seed, fleet(agent, "mini"))) as ground:
        story = Blast(ground, agent)
        story.begin()
        edit(story)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_word_that_works_nowhere_harms_the_declared_number(short_path: Path, seed: int, fault: str) -> None:
    agent = program(short_path, fault)
    with campaign("blast", Ground(short_path / "w", seed, fleet(agent, "mini"))) as ground:
        story = Blast(ground, agent)
        story.begin()
        refused(story, fault)
