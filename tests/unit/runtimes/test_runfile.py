"""Run files are records of others' making: whatever stands in them, reading them says something true or nothing."""

import fcntl
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.runtimes.runfile import forget, forget_orders, read_run_file, run_files

GOOD = {
    "name": "alice",
    "nonce": "n",
    "runtime": "process",
    "agent": "stub",
    "asked_model": "fast",
    "conversation": None,
    "cwd": "/",
    "pid": 7,
    "ticks": 8,
    "boot_id": "b",
}


def test_good_file_is_read(tmp_path: Path) -> None:
    """All that the launcher wrote comes back."""
    (tmp_path / "alice.json").write_text(json.dumps(GOOD))
    file = run_files(tmp_path)["alice"]

    assert (file.process.pid, file.process.ticks, file.process.boot_id, file.process.nonce) == (7, 8, "b", "n")
    assert (file.agent, file.asked_model, file.conversation, file.cwd) == ("stub", "fast", None, "/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\xff",
        json.dumps(GOOD | {"pid": "7"}),
        json.dumps(GOOD | {"ticks": None}),
        json.dumps(GOOD | {"pid": 1 << 31}),
        json.dumps(GOOD | {"pid": 0}),
        "[" * 100_000,
        json.dumps(GOOD | {"runtime": "rocket"}),
        json.dumps(GOOD | {"conversation": 5}),
        json.dumps(GOOD | {"name": "bob"}),
        json.dumps({key: value for key, value in GOOD.items() if key != "cwd"}),
    ],
)
def test_garbage_is_passed_over(tmp_path: Path, text: str) -> None:
    """One bad file hides no other."""
    (tmp_path / "alice.json").write_text(text, encoding="latin-1")
    (tmp_path / "bob.json").write_text(json.dumps(GOOD | {"name": "bob"}))
    (tmp_path / "carol.json").mkdir()

    assert list(run_files(tmp_path)) == ["bob"]


values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.integers()), st.just({}))


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), values))
def test_no_content_breaks_reading(tmp_path_factory: pytest.TempPathFactory, change: dict[str, object]) -> None:
    """Any value in any place gives a run file or none, never an exception."""
    place = tmp_path_factory.getbasetemp()
    (place / "alice.json").write_text(json.dumps(GOOD | change))
    file = read_run_file(place, "alice")

    assert file is None or file.name == "alice"


def test_absent_directory_has_no_run_files(tmp_path: Path) -> None:
    """Before the first start there is nothing to read."""
    assert run_files(tmp_path / "run") == {}


def test_forget_leaves_what_is_locked(tmp_path: Path) -> None:
    """While a process or a launcher holds the lock its record stays."""
    (tmp_path / "alice.json").write_text(json.dumps(GOOD))
    with (tmp_path / "alice.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert not forget(tmp_path, "alice")

    assert "alice" in run_files(tmp_path)
    assert forget(tmp_path, "alice")
    assert list(tmp_path.iterdir()) == []


def test_forget_takes_only_the_named_session(tmp_path: Path) -> None:
    """A name that begins like another's file does not take that one along."""
    for name in ("a", "a.json", "a.lock"):
        (tmp_path / f"{name}.json").write_text(json.dumps(GOOD | {"name": name}))
    forget(tmp_path, "a")

    assert sorted(run_files(tmp_path)) == ["a.json", "a.lock"]


@pytest.mark.parametrize("kind", ["order", "spec", "report"])
def test_what_no_controller_lived_to_hand_over_is_taken_away(tmp_path: Path, kind: str) -> None:
    """There are secrets in it; a session may be called nearly like it, and keeps its own files."""
    nonce = "0123456789abcdef" * 2
    (tmp_path / f"alice.{nonce}.{kind}").write_text('{"env": {"KEY": "secret"}}')
    kept = {f"alice.{nonce}.{kind}.json", "alice.json", "alice.spec.nonce"}
    for name in kept:
        (tmp_path / name).touch()
    forget_orders(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == kept
