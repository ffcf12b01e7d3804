"""An override expires by itself: nothing has to happen for its end to be seen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.controller_world import FLEET, PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

SECONDS = 4


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ControllerWorld]:
    """A controller that makes no pass by its timer while a test lasts."""
    with live(tmp_path, files={"alice": "model: maxi\n"}, MUSTER_RESCAN="600") as world:
        yield world


def asked(world: ControllerWorld, model: str) -> None:
    wait_for(lambda: world.record("alice").asked_model == model, PATIENCE, f"alice on {model}")


def test_a_hosts_override_ends_by_itself(world: ControllerWorld) -> None:
    """The session is back on its own model without anybody's doing."""
    world.muster("override", "mini", "--for", f"{SECONDS}s", "--reason", "quota")
    asked(world, "mini")
    asked(world, "maxi")


def test_the_fleets_override_ends_by_itself(world: ControllerWorld) -> None:
    """The file goes on saying it, and it has no word any more."""
    until = (datetime.now(UTC) + timedelta(seconds=SECONDS)).isoformat()
    world.write("_fleet.yaml", f"{FLEET}override: {{model: mini, until: {until}, reason: quota}}\n")
    asked(world, "mini")
    asked(world, "maxi")
