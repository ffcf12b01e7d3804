"""What goes where, and how a command ends."""

import io
import json
import os
from pathlib import Path

import pytest

from controller.cli import main
from controller.cli.console import Console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_only_for_terminals() -> None:
    """A log of CI holds no half lines."""
    err = io.StringIO()
    console = Console(io.StringIO(), err, plain=True)
    console.progress("reading")
    console.clear()

    assert err.getvalue() == ""


def test_progress_is_taken_away_before_a_line() -> None:
    """What was asked for is never mixed with what is going on."""
    err = Terminal()
    console = Console(io.StringIO(), err, plain=True)
    console.progress("reading")
    console.line("done")

    assert err.getvalue() == "\rreading\r       \r"


EVIL = "a\x1b[2J\x1b[31mb\x1b[0m\x9bc\rd\u202ee"


def test_only_our_colours_are_obeyed() -> None:
    """Names, titles, errors and what was typed go through here, whatever a view has forgotten."""
    out, err = io.StringIO(), io.StringIO()
    console = Console(out, err, plain=False)
    console.line(EVIL)
    console.note(EVIL)

    assert out.getvalue() == err.getvalue() == "a\ufffd[2J\x1b[31mb\x1b[0m\ufffdc\ufffdd\ufffde\n"


def test_json_escapes_what_a_terminal_would_obey() -> None:
    """It says the same to programs."""
    out = io.StringIO()
    Console(out, io.StringIO(), plain=True).json({"ä": EVIL, "family": "\U0001f468\u200d\U000e0041"})

    assert out.getvalue().replace("\n", "").isprintable()
    assert "ä" in out.getvalue()
    assert json.loads(out.getvalue()) == {"ä": EVIL, "family": "\U0001f468\u200d\U000e0041"}


def test_a_patch_is_exact_where_a_program_takes_it() -> None:
    out, terminal = io.StringIO(), Terminal()
    for stream in (out, terminal):
        Console(stream, io.StringIO(), plain=True).exact(f"{EVIL}\n")

    assert out.getvalue() == f"{EVIL}\n"
    assert "\x9b" not in terminal.getvalue()


@pytest.mark.parametrize("variable, value", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colour_where_it_is_unwelcome(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """The variable that all programs know, and terminals that know no colour."""
    monkeypatch.setenv(variable, value)

    assert Console.of_process().plain


def test_a_bug_is_told_whole(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Where the code is wrong, a person gets what a report needs, and exit code 1."""
    bad = os.fspath(tmp_path / "\0")

    assert main(["schema", "--write", bad]) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "this is a bug in Muster" in err


def test_settings_that_cannot_be_read_are_no_bug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is named."""
    monkeypatch.setenv("MUSTER_RESCAN", "soon")

    assert main(["events"]) == 1
    assert capsys.readouterr().err.startswith("muster: cannot read the settings: MUSTER_RESCAN")
