"""`muster logs` of a headless session: what its keeper wrote down, while the keeper goes on writing."""

import contextlib
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controller.cli import talk_log
from controller.runtimes.acp.journal import LARGE, Journal, before
from controller.settings import self_spawn
from tests.integration.cli_world import World
from tests.waiting import wait_for


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def journal(world: World) -> Iterator[Journal]:
    made = Journal(world.state / "journal" / "ann.jsonl", nobody)
    yield made
    made.close()


def nobody(entry: dict[str, Any], line: bytes) -> None:
    """Who listens to a keeper's entries."""


def turn(journal: Journal, number: int, answer: str) -> None:
    """One turn, its answer in pieces."""
    journal.write("prompt", id=f"p{number}", text=f"question {number}", by="front-end 1", state="queued")
    journal.write("delivered", id=f"p{number}", model="small")
    for piece in (answer[:2], answer[2:]):
        chunk = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": piece}}
        journal.write("update", update=chunk)
    journal.write("turn_end", id=f"p{number}", stop_reason="end_turn", model="small")


def switch(journal: Journal) -> None:
    words = {"status_type": "model_switch", "from_model": "small", "to_model": "large"}
    journal.write("status", text="Switching model to large", **words)


@contextlib.contextmanager
def following(world: World, *words: str) -> Iterator[Path]:
    """A `muster logs -f` for a while; gives the file that it prints to."""
    out = world.root / "followed"
    with out.open("wb") as file:
        process = subprocess.Popen(
            self_spawn("logs", "ann", "-f", *words), env=world.env | {"PYTHONUNBUFFERED": ""}, stdout=file
        )
    try:
        yield out
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_the_conversation_is_shown_with_its_switches(world: World, journal: Journal) -> None:
    turn(journal, 1, "answer 1")
    switch(journal)
    turn(journal, 2, "answer 2")
    now = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"

    assert re.sub(now, "NOW", world.muster("logs", "ann").out).splitlines() == [
        "NOW  > question 1",
        "answer 1",
        "-- small",
        "NOW  * Switching model to large",
        "NOW  > question 2",
        "answer 2",
        "-- small",
    ]
    assert world.muster("logs", "ann", "-n", "2").out == "answer 2\n-- small\n"
    assert world.muster("logs", "ann", "-n", "0").out == ""


def test_an_answer_under_way_ends_with_a_line(world: World, journal: Journal) -> None:
    """A shell's prompt stands on a line of its own."""
    journal.write(
        "update", update={"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "Once"}}
    )

    assert world.muster("logs", "ann").out == "Once\n"


def test_entries_are_printed_as_they_are(world: World, journal: Journal) -> None:
    turn(journal, 1, "answer 1")
    switch(journal)
    found = [json.loads(line) for line in world.muster("logs", "ann", "--json", "-n", "2").out.splitlines()]

    assert [one["kind"] for one in found] == ["turn_end", "status"]
    assert (found[1]["status_type"], found[1]["from_model"], found[1]["to_model"]) == ("model_switch", "small", "large")


def test_what_is_added_is_followed_over_a_file_that_is_put_aside(world: World, journal: Journal) -> None:
    """Every entry once and in order, though two files hold them; what stood before is shown too."""
    turn(journal, 1, "answer 1")
    path = world.state / "journal" / "ann.jsonl"
    with following(world, "--json", "-n", "1") as out:
        wait_for(lambda: out.read_text().count("\n") == 1, what="the last entry that was there")
        filling = "x" * (LARGE // 8)
        for number in range(2, 12):
            turn(journal, number, filling)
        last = journal.last
        wait_for(lambda: _numbers(out)[-1:] == [last], what="the last entry")

    assert before(path).exists()
    assert _numbers(out) == list(range(5, last + 1))


def _numbers(out: Path) -> list[int]:
    return [json.loads(line)["n"] for line in out.read_text().splitlines(keepends=True) if line.endswith("\n")]


def test_files_that_are_put_aside_one_after_another_lose_nothing(world: World, journal: Journal) -> None:
    """A busy session may fill several between two looks; of these the last two are still there."""
    turn(journal, 1, "answer 1")
    path = world.state / "journal" / "ann.jsonl"
    added = talk_log.added(path, journal.last - 1)
    assert next(added)["n"] == journal.last
    first = journal.last
    for number in (2, 3):
        path.rename(before(path))
        with contextlib.closing(Journal(path, nobody)) as next_one:
            turn(next_one, number, f"answer {number}")

    assert [next(added)["n"] for _ in range(10)] == list(range(first + 1, first + 11))
    added.close()


def test_an_answer_is_followed_as_it_comes(world: World, journal: Journal) -> None:
    """Pieces are shown when they are written, not when their line is whole."""
    with following(world) as out:
        wait_for(lambda: world.muster("logs", "ann").out == "", what="the journal")
        for piece in ("Once", " upon", " a time"):
            chunk = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": piece}}
            journal.write("update", update=chunk)
            wait_for(lambda piece=piece: out.read_text().endswith(piece), what=piece)  # type: ignore[misc]

    assert out.read_text() == "Once upon a time\n"


def test_the_log_before_is_read_too(world: World, journal: Journal) -> None:
    turn(journal, 1, "answer 1")
    path = world.state / "journal" / "ann.jsonl"
    path.rename(before(path))

    assert "answer 1" in world.muster("logs", "ann").out
    with contextlib.closing(Journal(path, nobody)) as next_one:
        turn(next_one, 2, "answer 2")
    shown = world.muster("logs", "ann").out
    assert "answer 1" in shown
    assert "answer 2" in shown


def test_a_process_prints_no_json(world: World) -> None:
    """Its lines are whatever it printed."""
    (world.state / "logs").mkdir(parents=True)
    (world.state / "logs" / "bob.log").write_text("hello\n")

    assert world.muster("logs", "bob").out == "hello\n"
    assert "no headless session" in world.muster("logs", "bob", "--json", exits=1).err
