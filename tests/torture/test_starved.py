"""Out of disk, descriptors, processes, watches, or of sight: sessions run on, and all is well when it is back."""

from pathlib import Path

import pytest

from tests.torture.ground import Ground, campaign
from tests.torture.scarce import Descriptors, Disk, Home, Proc, Processes, ReadOnly, Scarce, Watches
from tests.torture.starved import need

AT_START = {Disk, Home}
"""Those that can be missing before there is a controller."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", [Disk, Home, Descriptors, Processes, Proc, Watches])
def test_what_is_missing_ends_no_session(short_path: Path, seed: int, kind: type[Scarce]) -> None:
    if why := kind.missing():
        pytest.skip(why)
    ground = Ground(short_path / "w", seed)
    scarce = kind(ground)
    scarce.prepare()
    try:
        with campaign("starved", ground):
            need(ground, scarce, at_start=kind in AT_START)
    finally:
        scarce.clear()
