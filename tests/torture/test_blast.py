"""One edit that is good, wrong everywhere, or that empties all: what it may harm was declared."""

from pathlib import Path

import pytest

from tests.torture.blast import REFUSALS, Blast, fleet, paced, program, refused
from tests.torture.ground import Ground, campaign


def test_an_edit_that_moves_many_is_paced(short_path: Path, seed: int) -> None:
    agent = program(short_path, "")
    with campaign("blast", Ground(short_path / "w", seed, fleet(agent, "mini"))) as ground:
        story = Blast(ground, agent)
        story.begin()
        paced(story)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_word_that_works_nowhere_harms_the_declared_number(short_path: Path, seed: int, fault: str) -> None:
    agent = program(short_path, fault)
    with campaign("blast", Ground(short_path / "w", seed, fleet(agent, "mini"))) as ground:
        story = Blast(ground, agent)
        story.begin()
        refused(story, fault)
