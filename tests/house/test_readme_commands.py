"""Every command that README.md shows is run, in order, in one throw-away directory."""

import os
import shutil
from pathlib import Path

import pytest

from tests.house.commands import Command, commands, environ_of, failures
from tests.house.reading import ROOT, standing


@pytest.mark.tmux
@pytest.mark.timeout(300)
def test_readme_does_what_it_says(short_path: Path) -> None:
    """The examples of the repository lie where the reader's files would: in ./sessions.d."""
    standing("README.md", "controller/__main__.py", "controller/cli/status.py", "sessions.d")
    work = short_path / "work"
    work.mkdir()
    shutil.copytree(ROOT / "sessions.d", work / "sessions.d")
    page = (ROOT / "README.md").read_text(encoding="utf-8")

    assert commands(page)[0], "README.md shows no command"
    assert failures(page, work, environ_of(short_path)) == []


def test_a_command_that_fails_is_found(tmp_path: Path) -> None:
    page = "```console\n$ echo fine\nfine\n$ ls nowhere\n$ echo wrong  # exits 3\n```\n"
    found = failures(page, tmp_path, os.environ)

    assert [fault.splitlines()[0] for fault in found] == ["$ ls nowhere", "$ echo wrong"]


def test_commands_share_one_directory(tmp_path: Path) -> None:
    page = "```console\n$ echo one > file\n```\ntext\n```console\n$ cat file\n$ cat other  # exits 1\n```\n"

    assert failures(page, tmp_path, os.environ) == []


def test_a_block_is_left_out_only_with_a_reason() -> None:
    page = (
        "<!-- not run: installs for the whole user -->\n```console\n$ uv tool install x\n```\n"
        "<!-- not run: -->\n```console\n$ muster run\n```\n"
        "```console\n$ curl x\n$ make demo\n$ muster plan\n```\n"
        "```yaml\n$ rm -rf x\n```\n"
    )
    found, faults = commands(page)

    assert found == [Command(line="muster plan", exits=0)]
    assert faults == [
        "a block is not run and no reason is given: $ muster run",
        "cannot run here: curl x; say <!-- not run: why --> before its block",
    ]
