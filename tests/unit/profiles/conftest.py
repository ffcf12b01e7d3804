"""A look at one session of an agent, a minute past noon."""

from pathlib import Path

import pytest

from controller.model.observed import Observed
from tests.unit.profiles.looking import Look, looker
from tests.unit.profiles.reading import ID, NOON


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Look at a session of an agent whose home is the test's own; the process is this one."""
    look_at = looker(tmp_path, wall=NOON + 60)

    def seen(agent: str, conversation: str | None = ID, *, lives: float = 1000.0) -> Observed:
        return look_at(agent, conversation, lives=lives)

    return seen
