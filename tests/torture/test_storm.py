"""Files that are rewritten faster than anybody can read: nothing moves that need not, and the last word counts."""

from pathlib import Path

import pytest

from tests.torture.ground import Ground, campaign, load
from tests.torture.storm import ByGit, ByHand, ByLink, ByVolume, Way, storm


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("way", [ByGit, ByHand, ByLink, ByVolume])
def test_a_storm_moves_only_what_it_is_about(short_path: Path, seed: int, way: type[Way]) -> None:
    """Under load."""
    with campaign("storm", Ground(short_path, seed)) as ground, load():
        storm(way(ground))
