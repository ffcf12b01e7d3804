"""Strangers of every kind, pids that come again, clocks that jump: nobody else is touched, nothing of ours is lost."""

from pathlib import Path

import pytest

from tests.torture.ground import Ground, campaign
from tests.torture.strangers import strangers


@pytest.mark.timeout(900)
def test_nobody_else_is_touched_and_nothing_of_ours_is_lost(short_path: Path, seed: int) -> None:
    with campaign("strangers", Ground(short_path, seed)) as ground:
        strangers(ground)
