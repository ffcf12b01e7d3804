"""What the messages of real agents say, as they were seen on 2026-11-21."""

from typing import Any

import pytest

from controller.wire.acp import can, used_model


def ended(*models: str) -> dict[str, Any]:
    rows = [{"model": model, "token_count": {"outputTokens": 10}} for model in models]
    return {"stopReason": "end_turn", "_meta": {"quota": {"model_usage": rows}}}


@pytest.mark.parametrize(
    "result, model",
    [
        (ended("gpt-6-luna"), "gpt-6-luna"),
        (ended("claude-haiku-5-5", "claude-sonnet-5-5"), None),
        (ended(), None),
        ({"stopReason": "end_turn"}, None),
        (None, None),
    ],
)
def test_the_model_of_a_turn_is_told_by_an_end_that_names_one(result: Any, model: str | None) -> None:
    """After a switch claude names both: it asked the old one for a title meanwhile."""
    assert used_model(result) == model


@pytest.mark.parametrize("said, can_it", [({}, True), (None, False), (False, False)])
def test_an_empty_object_offers_a_method(said: Any, can_it: bool) -> None:
    initialized = {"agentCapabilities": {"sessionCapabilities": {"resume": said}}}

    assert can(initialized, "resume") is can_it
