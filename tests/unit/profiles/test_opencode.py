"""What opencode's database says, on the records of a real conversation that was moved to another model."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.profiles.looking import Look

SESSION = "ses_e029e1f60ffeNIoHTDvkRb6QZp"
ASKED, REPLIED, LATER = 1795252412861, 1795252423725, 1795252594000


def asked(model: str, at: int) -> dict[str, Any]:
    return {
        "role": "user",
        "time": {"created": at},
        "agent": "build",
        "model": {"providerID": "stub", "modelID": model},
    }


def reply(model: str, at: int, **more: Any) -> dict[str, Any]:
    said = {"role": "assistant", "mode": "build", "agent": "build", "modelID": model, "providerID": "stub"}
    return said | {"time": {"created": at - 1, "completed": at}, "finish": "stop"} | more


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    place = tmp_path / ".local" / "share" / "opencode"
    place.mkdir(parents=True)
    made = sqlite3.connect(place / "opencode.db")
    made.execute("PRAGMA journal_mode = WAL")
    made.execute("CREATE TABLE message (id TEXT, session_id TEXT, data TEXT)")
    made.execute("CREATE TABLE part (id TEXT, message_id TEXT, session_id TEXT, data TEXT)")
    yield made
    made.close()


def say(database: sqlite3.Connection, number: int, message: dict[str, Any], *, parts: int = 1) -> None:
    database.execute("INSERT INTO message VALUES (?, ?, ?)", (f"msg_{number}", SESSION, json.dumps(message)))
    for part in range(parts):
        data = json.dumps({"type": "text", "text": "Remember secret-1a2b3c4d"})
        database.execute(
            "INSERT INTO part VALUES (?, ?, ?, ?)", (f"prt_{number}{part}", f"msg_{number}", SESSION, data)
        )
    database.commit()


def test_an_answer_proves_its_model_and_a_turn(look: Look, database: sqlite3.Connection) -> None:
    say(database, 1, asked("model-a", ASKED))
    say(database, 2, reply("model-a", REPLIED))
    say(database, 3, asked("model-b", LATER))
    say(database, 4, {key: value for key, value in reply("model-b", LATER).items() if key != "finish"})
    seen, other = look("opencode", SESSION), look("opencode", "ses_of_nobody")

    assert seen.model is not None
    assert (seen.prompted, seen.model.name, seen.model.at) == (True, "stub/model-a", REPLIED / 1000)
    assert (other.prompted, other.model) == (False, None)


def test_the_message_without_a_word_that_moves_the_model_is_no_turn(look: Look, database: sqlite3.Connection) -> None:
    """Else a conversation in which nobody said anything would be taken for one that is worth keeping."""
    say(database, 1, asked("model-b", ASKED), parts=0)

    assert look("opencode", SESSION).prompted is False


def test_a_refused_model_is_told_and_proves_nothing(look: Look, database: sqlite3.Connection) -> None:
    error = {"name": "APIError", "data": {"message": "Not Found", "statusCode": 404, "isRetryable": False}}
    say(database, 1, asked("model-a", ASKED))
    say(database, 2, reply("model-a", REPLIED))
    say(database, 3, asked("model-nope", LATER))
    say(database, 4, reply("model-nope", LATER + 1, error=error))
    refused = look("opencode", SESSION)
    say(database, 5, reply("model-a", LATER + 9000))
    answered = look("opencode", SESSION)

    assert refused.model is not None
    assert (refused.model.name, refused.refused) == ("stub/model-a", LATER / 1000)
    assert answered.refused == 0.0
