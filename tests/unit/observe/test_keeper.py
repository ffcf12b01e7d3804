"""What the keeper's statement means to an agent."""

import pytest

from controller.observe.keeper import refused
from controller.wire.statement import Statement
from tests.unit.profiles.reading import fixture


@pytest.mark.parametrize(
    "agent, failed, at",
    [
        ("gemini", "models/gemini-nope is not found", 7.0),
        ("gemini", "You have exhausted your capacity", 0.0),
        ("gemini", None, 0.0),
        ("kimi", "models/gemini-nope is not found", 0.0),
        ("aider", "models/gemini-nope is not found", 0.0),
    ],
)
def test_a_turn_that_failed_for_its_model_is_told_from_others(agent: str, failed: str | None, at: float) -> None:
    """By the words of its profile; one that has none for it, or no way to speak at all, says nothing."""
    assert refused(Statement(failed=failed, failed_at=7.0), fixture(agent)) == at
