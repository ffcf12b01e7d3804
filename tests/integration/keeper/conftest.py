"""Every test of the keeper has a world of its own, and leaves no process behind."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.keeper.world import World


@pytest.fixture
def world(short_path: Path) -> Iterator[World]:
    with ExitStack() as opened:
        yield World(short_path, opened)
