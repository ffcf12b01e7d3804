"""Many sessions and everything that happens to them, at random moments."""

from pathlib import Path

import pytest

from tests.torture.ground import Ground, campaign
from tests.torture.soak import soak


@pytest.mark.timeout(3600)
def test_what_was_heard_is_never_lost(short_path: Path, seed: int) -> None:
    with campaign("soak", Ground(short_path, seed)) as ground:
        soak(ground)
