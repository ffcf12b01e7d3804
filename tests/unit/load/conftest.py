"""The world of the tests of load."""

from pathlib import Path

import pytest

from tests.unit.load.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give a directory of session files."""
    return World(tmp_path / "sessions.d")
