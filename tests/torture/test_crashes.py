"""Killed at any step of whatever was done, three times in a row: zero or one process, then what was said."""

from pathlib import Path

import pytest

from tests.torture.crashes import Ruins, crashes
from tests.torture.ground import campaign


@pytest.mark.tmux
@pytest.mark.timeout(900)
def test_whoever_dies_at_a_step_is_followed_by_one_who_finishes_it(short_path: Path, seed: int) -> None:
    ground = Ruins(short_path, seed)
    with campaign("crashes", ground):
        crashes(ground)
