"""What vibe's files say, on the records of a real conversation: its journal, and what stands beside it."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from controller.model.observed import Activity, ProcessIdentity
from controller.model.session import RuntimeKind
from controller.runtimes.identity import boot_id
from tests.unit.profiles.looking import Look, looker
from tests.unit.profiles.reading import ID, NOON

OPENED = "772a4176-a44a-e14c-4996-fbad2258aa4c"
ENDED = ProcessIdentity(boot_id=boot_id(), pid=2**22 + 1, ticks=1)
RESERVED = {"type": "command_reserved", "payload": {"method": "turn/start", "params": {"sessionId": ID}}}
FAILURE = {"code": "model_stream_failed", "details": {"httpStatus": 404, "model": "model-nope", "provider": "stub"}}
REFUSED = {"type": "action_result", "payload": {"result": {"error": FAILURE}, "state": "failed"}}


def turned(word: str, at: float) -> dict[str, Any]:
    times = {"input": {"determinism": {"time_unix_ms": int(at * 1000)}, "input_id": 7}}
    return {"type": "core_input", "payload": times | {"transition_shape": {"directives": [], "turn": word}}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".vibe"


def write(home: Path, path: str, *records: dict[str, Any]) -> Path:
    file = home / "logs" / "session" / "unified" / ID / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def in_force(home: Path, model: str) -> None:
    write(home, "meta.json", {"session_id": ID, "config": {"active_model": model, "model_name": f"wire-{model}"}})


def test_an_answer_is_of_the_model_that_is_in_force(look: Look, home: Path) -> None:
    """The file that names it is written anew when the conversation is opened: alone it proves nothing."""
    in_force(home, "model-b")
    opened = look("vibe")
    write(home, "journal/0001.jsonl", RESERVED, turned("running", NOON), turned("completed", NOON + 5))
    answered = look("vibe", lives=1010.0)

    assert (opened.prompted, opened.model) == (True, None)
    assert answered.model is not None
    assert (answered.prompted, answered.model.name, answered.model.at) == (True, "model-b", NOON + 5)
    assert (answered.activity, answered.idle_for) == (Activity.IDLE, 55.0)


def test_the_one_that_it_opens_before_it_resumes_is_no_conversation_of_ours(look: Look, home: Path) -> None:
    """Taken for ours, the next start would leave the conversation behind."""
    active = home / "logs" / "session" / "active"
    active.mkdir(parents=True)
    with (active / f"{OPENED}.lock").open("a"):
        alone = look("vibe"), look("vibe", None)
        write(home, "CURRENT", {"generation": "0000000000000001"})
        with (active / f"{ID}.lock").open("a"):
            both = look("vibe", None)
    with (active / f"{ID}.lock").open("a"):
        resumed = look("vibe", None)

    assert [seen.conversation for seen in (*alone, both, resumed)] == [None, None, ID, ID]


@pytest.mark.parametrize("runtime", [RuntimeKind.TMUX, RuntimeKind.ACP])
def test_what_is_left_of_a_killed_one_has_its_conversation(home: Path, tmp_path: Path, runtime: RuntimeKind) -> None:
    """It ends its tools first; resumed meanwhile, the next one says so on its screen and begins anew."""
    down = looker(tmp_path, wall=NOON + 60, process=ENDED)
    lock = home / "logs" / "session" / "active" / f"{ID}.lock"
    lock.parent.mkdir(parents=True)
    absent = down("vibe", ID, runtime=runtime)
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        left = down("vibe", ID, runtime=runtime)
        ours = looker(tmp_path, wall=NOON + 60)("vibe", ID, runtime=runtime)
    free = down("vibe", ID, runtime=runtime)

    assert [seen.leased for seen in (absent, left, ours, free)] == [False, True, False, False]


def test_no_file_is_no_turn(look: Look, home: Path) -> None:
    """Its directory is made with the first turn."""
    assert look("vibe").prompted is False


@pytest.mark.parametrize("ends", ["completed", "failed", "interrupted", "idle"])
@pytest.mark.parametrize("runs", ["running", "compacting"])
def test_a_turn_runs_until_the_journal_says_how_it_ended(look: Look, home: Path, runs: str, ends: str) -> None:
    in_force(home, "model-a")
    write(home, "journal/0001.jsonl", turned(runs, NOON))
    busy = look("vibe")
    write(home, "journal/0001.jsonl", turned(runs, NOON), turned(ends, NOON + 1))
    ended = look("vibe", lives=1010.0)

    assert (busy.activity, ended.activity) == (Activity.BUSY, Activity.IDLE)


def test_a_folded_journal_leaves_it_to_silence(look: Look, home: Path) -> None:
    """After some restarts without a turn nothing of the last one is there; that must not hold it for ever."""
    in_force(home, "model-a")
    file = write(home, "journal/0009.jsonl", {"type": "projection_delta", "payload": {"delta": []}})
    os.utime(file, (NOON, NOON))

    assert look("vibe").activity is Activity.IDLE


def test_a_refused_turn_is_told(look: Look, home: Path) -> None:
    in_force(home, "nope")
    write(home, "journal/0001.jsonl", RESERVED, turned("running", NOON), turned("completed", NOON + 5))
    look("vibe")
    again = write(home, "journal/0010.jsonl", RESERVED, turned("running", NOON + 6))
    look("vibe", lives=1010.0)
    with again.open("a") as journal:
        journal.write("".join(json.dumps(one) + "\n" for one in (REFUSED, turned("failed", NOON + 7))))
    os.utime(again, (NOON + 8, NOON + 8))
    refused = look("vibe", lives=1020.0)

    assert (refused.refused, refused.activity) == (NOON + 8, Activity.IDLE)


@pytest.mark.parametrize("stored, pinned", [("model-a", "model-a"), (None, None)])
def test_a_conversation_begun_without_a_terminal_says_that_it_is_pinned(
    look: Look, home: Path, stored: str | None, pinned: str | None
) -> None:
    old = write(home, "generations/0001/runtime-state.json", {"session_metadata": {"active_model": "model-z"}})
    write(home, "generations/0008/runtime-state.json", {"session_metadata": {"active_model": stored}})
    os.utime(old, (1, 1))

    assert look("vibe").pinned == pinned


def test_the_person_s_own_files_say_which_words_it_knows(look: Look, home: Path, tmp_path: Path) -> None:
    """For any other word it goes on with a model of another provider."""
    empty = look("vibe").known
    home.mkdir()
    (home / "config.toml").write_text('[[models]]\nname = "wire-a"\nalias = "a"\n[[models]]\nname = "bare"\n')
    (tmp_path / "w_1.x" / ".vibe").mkdir()
    (tmp_path / "w_1.x" / ".vibe" / "config.toml").write_text('[[models]]\nname = "here"\n')
    catalog = {"hash": {"stored_at_timestamp": 1, "payload": {"models": [{"id": "hosted", "label": "Hosted"}]}}}
    (home / "model_catalog_cache.json").write_text(json.dumps(catalog))
    known = look("vibe").known
    (home / "config.toml").write_text("[[models]\n")
    broken = look("vibe").known

    assert (empty, known) == (frozenset(), frozenset({"a", "bare", "here", "hosted"}))
    assert broken == frozenset({"here", "hosted"})


def test_an_agent_that_takes_any_word_has_no_list(look: Look) -> None:
    assert look("pi").known is None
