"""The world that the tests of this room look at."""

from pathlib import Path

import pytest

from tests.unit.observe.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
