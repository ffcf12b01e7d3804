"""A hostile mix of agents: never a second writer, never a foreign signal, and when they behave nothing is missing."""

from pathlib import Path

import pytest

from tests.torture.ground import Ground, campaign
from tests.torture.hostile import alone, hostility
from tests.torture.mixed import MixedGround


@pytest.mark.timeout(1800)
def test_bad_agents_harm_nobody(short_path: Path, seed: int) -> None:
    with campaign("hostile", Ground(short_path, seed)) as ground:
        hostility(ground)


@pytest.mark.tmux
@pytest.mark.timeout(600)
def test_each_kind_of_trouble_ends_with_it(short_path: Path, seed: int) -> None:
    ground = MixedGround(short_path, seed)
    with campaign("hostile", ground):
        alone(ground)
