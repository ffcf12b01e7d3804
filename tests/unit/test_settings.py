"""Settings come from the same place whether a variable is set or not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from controller.settings import read

LOADS = "import sys; from controller.settings import read; read(); print('pydantic_settings' in sys.modules)"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("MUSTER_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("name", ["MUSTER_STATE_DIR", "muster_state_dir"])
def test_a_variable_counts_in_any_case(monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path) -> None:
    monkeypatch.setenv(name, str(tmp_path))
    assert read().state == tmp_path


def test_what_is_said_counts_before_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MUSTER_STATE_DIR", "/elsewhere")
    assert read(state_dir=tmp_path).state == tmp_path


def test_a_variable_that_cannot_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_RESCAN", "often")
    with pytest.raises(ValidationError):
        read()


def test_variables_of_sessions_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_NAME", "a-session")
    assert read() == read(host="")


@pytest.mark.parametrize("said, loaded", [({}, "False"), ({"MUSTER_HOST": "h"}, "True")])
def test_the_reader_of_variables_is_loaded_only_when_there_is_one(said: dict[str, str], loaded: str) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", LOADS], env=os.environ | said, capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == loaded


@pytest.mark.parametrize("deep", [False, True])
def test_a_keepers_socket_has_a_short_path_of_its_own(tmp_path: Path, deep: bool) -> None:
    """A session's name may be longer than the path of a socket; so may the state's."""
    settings = read(state_dir=tmp_path / ("d" * 90) if deep else "/var/lib/muster")
    names = ["a", "b", "A", "n" * 128, "é"]

    sockets = [settings.keeper_socket(name) for name in names]

    assert len(set(sockets)) == len(names)
    assert all(len(os.fsencode(socket)) <= 100 for socket in sockets)
    assert settings.tmux_socket not in sockets
    assert all(socket.is_relative_to(settings.state) != deep for socket in sockets)
    assert settings.journal_dir.is_relative_to(settings.state)


def test_what_sessions_are_told_makes_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A command that an agent runs is about the files and the state of its own Muster."""
    dirs = (tmp_path / "a", tmp_path / "b")
    ours = read(
        sessions_dirs=dirs, state_dir=tmp_path / "s", host="h", labels={"gpu": "yes"}, managed=(tmp_path / "b",)
    )
    for name, value in ours.said_to_sessions.items():
        monkeypatch.setenv(name, value)
    theirs = read()
    assert (theirs.directories, theirs.state, theirs.host_name) == (dirs, tmp_path / "s", "h")
    assert (theirs.labels, theirs.managed) == (ours.labels, ours.managed)
