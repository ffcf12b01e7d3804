"""The agent's own registry: believed for the process that wrote it, and unknown in every doubt."""

import os
from dataclasses import replace
from typing import Any

import pytest

from controller.model.observed import Activity
from controller.observe.case import Wanted
from tests.unit.observe.world import ME, WALL, World, line, now

OTHER = "0b54ec0c-5b0e-4c3c-9d3a-222222222222"


@pytest.mark.parametrize("word", ["idle", "busy", "waiting"])
def test_status_is_said_in_our_words_with_its_age(world: World, word: str) -> None:
    world.register(status=word, statusUpdatedAt=WALL - 3)

    seen = world.look()

    assert (seen.activity, seen.idle_for) == (Activity(word), 3.0)


def test_an_unknown_word_is_unknown_and_never_idle(world: World) -> None:
    """A new version of an agent may say something new."""
    world.register(status="dreaming")

    assert world.look().activity is Activity.UNKNOWN


def test_a_status_from_the_future_has_lasted_no_time(world: World) -> None:
    world.register(statusUpdatedAt=WALL + 60)

    assert world.look().idle_for == 0.0


def test_a_file_of_an_earlier_process_with_this_pid_does_not_count(world: World) -> None:
    """Agents that are killed leave their files behind, and pids come again."""
    assert ME is not None
    world.register(procStart=ME.ticks - 1)
    seen = world.look()

    assert (seen.activity, seen.conversation) == (Activity.UNKNOWN, None)


def test_without_ticks_a_file_older_than_the_process_does_not_count(world: World) -> None:
    path = world.register(procStart=None)
    young = world.look().activity
    os.utime(path, (1.0, 1.0))

    assert young is Activity.IDLE
    assert world.look().activity is Activity.UNKNOWN


@pytest.mark.parametrize(
    "fields",
    [
        {"status": ["idle"]},
        {"status": {"idle": 1}},
        {"status": None},
        {"status": "idle" * 1000},
    ],
)
def test_a_status_of_another_type_is_unknown(world: World, fields: dict[str, Any]) -> None:
    world.register(**fields)

    assert world.look().activity is Activity.UNKNOWN


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"idle"', "[" * 5000, '{"status": "idle"', "\xff\xfe"])
def test_a_broken_file_is_unknown(world: World, text: str) -> None:
    world.register().write_bytes(text.encode("latin-1"))
    seen = world.look()

    assert (seen.activity, seen.conversation) == (Activity.UNKNOWN, None)


def test_a_file_too_large_to_be_honest_is_unknown(world: World) -> None:
    world.register(filler="x" * 100_000)

    assert world.look().activity is Activity.UNKNOWN


@pytest.mark.parametrize("evil", ["../x", 7, None, ["a"], "a/b", "*"])
def test_a_conversation_that_is_no_id_is_not_one(world: World, evil: object) -> None:
    world.register(sessionId=evil)

    assert world.look().conversation is None


def test_the_agents_own_conversation_counts_before_what_it_was_told(world: World) -> None:
    """A person may begin another conversation inside the process."""
    world.say(line("user"))
    world.register(sessionId=OTHER)
    seen = world.look()

    assert (seen.conversation, seen.prompted) == (OTHER, False)


@pytest.mark.parametrize("unseen", [True, False])
def test_a_first_word_that_nobody_waited_for_is_no_persons_choice(world: World, *, unseen: bool) -> None:
    """Its controller was killed before it spoke: on another conversation it never went on with its own (law 5)."""
    world.say(line("user"))
    world.register(sessionId="another")

    seen = world.look(world.record(unseen=unseen))

    assert (seen.strayed, seen.conversation) == (("another", None) if unseen else (None, "another"))
    assert seen.prompted is unseen


def test_a_status_is_followed(world: World) -> None:
    world.register(status="idle")
    world.look()
    world.register(status="busy")

    assert world.look().activity is Activity.BUSY


def test_a_registry_file_that_went_is_unknown(world: World) -> None:
    path = world.register()
    world.look()
    path.unlink()

    assert world.look().activity is Activity.UNKNOWN


def test_nobody_without_a_process_is_asked_what_it_does(world: World) -> None:
    world.register(status="idle")

    assert world.look(wanted=Wanted(agent="demo", cwd=str(world.cwd))).activity is Activity.UNKNOWN


def test_time_passes_without_a_change_of_the_file(world: World) -> None:
    world.register(statusUpdatedAt=WALL)
    world.look()

    assert world.look(at=now(WALL + 7)).idle_for == 7.0


def test_an_idle_that_was_seen_to_last_is_believed_on_a_clock_that_was_set_back(world: World) -> None:
    """By the agent's own stamp it has not begun yet, for an hour; each switch would wait as long."""
    world.register(statusUpdatedAt=WALL)
    world.look(at=now(WALL + 1))
    later = replace(now(WALL - 3600), boot=now().boot + 5)

    assert world.look(at=later).idle_for == 5.0
