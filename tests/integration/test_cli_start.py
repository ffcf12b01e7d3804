"""The command as a process: what it costs to start, how it refuses, what it prints where."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from controller.cli import verbs
from controller.settings import self_spawn
from tests.integration.cli_world import World

HEAVY = ("pydantic", "asyncio", "ruamel", "structlog", "psutil", "watchfiles", "sqlite3")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def imported(*words: str) -> set[str]:
    """The modules that a command imports, as the interpreter itself reports them."""
    first, *rest = self_spawn(*words)
    ran = subprocess.run([first, "-X", "importtime", *rest], capture_output=True, text=True, check=False)
    return {
        line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines() if "import time:" in line
    }


@pytest.mark.parametrize(
    "words", [["--help"], ["completion", "bash"], ["completion", "words", "status", ""], ["stats"]]
)
def test_cheap_commands_import_nothing_heavy(words: list[str]) -> None:
    """Help, completion and refusals cost milliseconds, because they import neither pydantic nor asyncio."""
    found = imported(*words)

    assert "argparse" in found
    assert not found.intersection(HEAVY)


@pytest.mark.parametrize("verb", [verb.name for verb in verbs.VERBS])
def test_the_help_of_every_verb_is_cheap_and_ends_with_0(world: World, verb: str) -> None:
    """Every verb of the table stands, and telling its arguments imports nothing heavy."""
    assert world.muster(verb, "--help").out.startswith(f"usage: muster {verb}")
    assert verb == "demo" or not imported(verb, "--help").intersection(HEAVY)


def test_help_names_every_verb(world: World) -> None:
    """No verb is hidden."""
    page = world.muster("--help").out

    assert [verb.name for verb in verbs.VERBS if f"  {verb.name} " not in page] == []


@pytest.mark.parametrize(
    "words", [[], ["stat"], ["status", "--colour"], ["--sessions-dir"], ["plan", "--out"], ["why"]]
)
def test_usage_errors_end_with_64(world: World, words: list[str]) -> None:
    """2 means "changes pending", so a wrong command line must not end with argparse's 2."""
    world.muster(*words, exits=64)


def test_a_wrong_verb_is_told_its_neighbour(world: World) -> None:
    """Errors say what to do, on stderr; stdout stays empty."""
    ran = world.muster("stat", exits=64)

    assert (ran.out, ran.err) == (
        "",
        "muster: cannot run 'stat': there is no such command\nhint: did you mean `muster status`?\n",
    )


def test_the_version_is_told(world: World) -> None:
    """Bug reports begin with it."""
    assert world.muster("--version").out.startswith("muster 0.")


def test_a_reader_that_leaves_is_no_error(world: World) -> None:
    """`muster ... | head -1` says nothing on stderr."""
    read, write = os.pipe()
    with subprocess.Popen(
        self_spawn("schema"), stdout=write, stderr=subprocess.PIPE, text=True, env=world.env
    ) as process:
        os.close(write)
        os.close(read)
        assert process.communicate()[1] == ""


def test_the_state_directory_stays_unmade_by_help(world: World) -> None:
    """Looking leaves nothing behind."""
    world.muster("completion", "words", "status", "")

    assert not world.state.exists()


def test_python_of_the_test_is_the_commands(world: World) -> None:
    """The one self-spawn form: this interpreter, and nothing from the current directory."""
    (world.root / "controller").mkdir()
    (world.root / "controller" / "__init__.py").write_text("raise SystemExit('somebody else')")

    assert self_spawn()[:2] == [sys.executable, "-P"]
    assert world.muster("--version").code == 0
