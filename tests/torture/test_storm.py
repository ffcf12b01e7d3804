"""Files that are rewritten faster than anybody can read: nothing moves that need not, and the last word counts."""

import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.torture.ground import Ground, campaign, load
from tests.torture.storm import ByGit, ByHand, ByLink, ByMount, ByVolume, Way, storm


def may_mount(place: Path) -> bool:
    """Tell whether this user may mount here."""
    words = ["unshare", "--mount", "mount", "--bind", os.fspath(place), os.fspath(place)]
    return os.geteuid() == 0 and subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("way", [ByGit, ByHand, ByLink, ByVolume, ByMount])
def test_a_storm_moves_only_what_it_is_about(short_path: Path, seed: int, way: type[Way]) -> None:
    """Under load."""
    if way is ByMount and not may_mount(short_path):
        pytest.skip("this user may not mount")
    with (
        campaign("storm", Ground(short_path, seed), way.__name__) as ground,
        load(),
        contextlib.closing(way(ground)) as storming,
    ):
        storm(storming)
