"""Slow writers and single wrong bytes: never a half-written meaning, and nobody moves who need not."""

from pathlib import Path

import pytest

from tests.torture.ground import Ground, campaign
from tests.torture.torn import WHOLE, torn


@pytest.mark.timeout(900)
def test_half_a_file_never_counts(short_path: Path, seed: int) -> None:
    with campaign("torn", Ground(short_path / "w", seed, WHOLE)) as ground:
        torn(ground)
