"""Out of disk, descriptors, processes, watches, or of sight: sessions run on, and all is well when it is back."""

from pathlib import Path

import pytest

from tests.torture import scarce
from tests.torture.ground import Ground, campaign
from tests.torture.starved import need

AT_WORK = {
    scarce.Disk,
    scarce.Home,
    scarce.Descriptors,
    scarce.Processes,
    scarce.Proc,
    scarce.Watches,
    scarce.Removed,
    scarce.Cut,
}
AT_START = {scarce.Disk, scarce.Home, scarce.ReadOnly, scarce.Descriptors, scarce.Removed, scarce.Cut, scarce.Newer}
"""Those that can be missing before there is a controller."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", sorted(AT_WORK | AT_START, key=str))
def test_what_is_missing_ends_no_session(short_path: Path, seed: int, kind: type[scarce.Scarce]) -> None:
    if why := kind.missing():
        pytest.skip(why)
    ground = Ground(short_path / "w", seed)
    lack = kind(ground)
    lack.prepare()
    try:
        with campaign("starved", ground):
            need(ground, lack, at_work=kind in AT_WORK, at_start=kind in AT_START)
    finally:
        lack.clear()
