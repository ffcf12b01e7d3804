"""Prompts through a keeper: one at a time, all of them, and the same for everybody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.keeper_world import Client, Refused, World, worlds
from tests.waiting import wait_for


@pytest.fixture
def world(short_path: Path) -> Iterator[World]:
    yield from worlds(short_path)


def prompt(client: Client, world: World, text: str) -> int:
    return client.begin("session/prompt", sessionId=world.conversation, prompt=[{"type": "text", "text": text}])


def test_a_prompt_is_answered_with_the_end_of_its_turn(world: World) -> None:
    client = world.joined()

    end = client.end(prompt(client, world, "say:hello say:world"))

    assert end == {"stopReason": "end_turn", "_meta": {"muster": {"model": "small"}}}
    assert client.updates() == ["hello", "world"]
    assert world.heard() == [("say:hello say:world", "small")]
    assert world.wait(activity="idle", turns=1, prompted=True, queued=0)
    assert [entry["kind"] for entry in world.journal()] == ["began", "prompt", "delivered", "update", "update", "turn_end"]
    assert [entry["n"] for entry in world.journal()] == [1, 2, 3, 4, 5, 6]
