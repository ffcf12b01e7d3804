"""A machine that slept: what nobody saw to last does not count as having lasted."""

from pathlib import Path

from tests.integration.controller_world import PATIENCE
from tests.torture.ground import Ground, campaign
from tests.waiting import wait_for


def test_file_that_was_away_while_the_machine_slept_stops_nothing(short_path: Path) -> None:
    """The grace of deleting is over by the clock, and whoever was writing the file slept as well (law 7)."""
    with campaign("sleep", Ground(short_path, seed=1)) as ground:
        clock, aside = short_path / "clock", short_path / "aside"
        ground.env["TORTURE_CLOCK"] = str(clock)
        ground.write("ann.yaml", "model: mini\n")
        ground.write("bob.yaml", "model: mini\n")
        ground.start()
        ground.up("ann", "bob")
        pid = ground.pid("ann")
        (ground.sessions / "ann.yaml").rename(aside)
        wait_for(lambda: ground.record("ann").absent_since, PATIENCE, "the absence to be seen")
        clock.write_text("3600 3600")
        ground.passes(2)
        aside.rename(ground.sessions / "ann.yaml")
        ground.passes(2)

        assert ground.pid("ann") == pid
