"""What agents report is compared by the names that people write."""

import pytest

from controller.resolve.models import normalise
from tests.unit.profiles.reading import fixture


@pytest.mark.parametrize(
    "agent, raw, name",
    [
        ("claude", "claude-sonnet-5-5", "sonnet"),
        ("claude", "claude-sonnet-4-5-20250929", "sonnet"),
        ("claude", "claude-opus-4-8[1m]", "opus"),
        ("claude", "claude-3-5-haiku-20241022", "haiku"),
        ("claude", "claude-fable-5-2", "claude-fable-5-2"),
        ("claude", "<synthetic>", None),
        ("codex", "gpt-6.1-sol", "gpt-6.1-sol"),
        ("gemini", "gemini-3.1-pro-preview", "pro"),
        ("opencode", "openai/gpt-mini", "openai/gpt-mini"),
        ("vibe", "my-alias", "my-alias"),
    ],
)
def test_a_reported_id_becomes_the_name_people_write(agent: str, raw: str, name: str | None) -> None:
    assert normalise(raw, fixture(agent)) == name
