"""Completion: the scripts in their real shells, and the words they ask for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from controller.cli import words
from controller.settings import read, self_spawn
from tests.integration.cli_world import World

ASK = """
source /dev/stdin <<< "$SCRIPT"
COMP_WORDS=({words}); COMP_CWORD={place}
_muster
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    for name in ("alice", "bob"):
        made.write(f"{name}.yaml", "tier: family\n")
    made.write(".hidden.yaml", "")
    return made


def muster_on_path(world: World) -> dict[str, str]:
    """An environment in which `muster` is this one."""
    program = world.root / "bin" / "muster"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {" ".join(self_spawn())} "$@"\n')
    program.chmod(0o755)
    return world.env | {"PATH": f"{program.parent}{os.pathsep}{world.env['PATH']}"}


def complete(world: World, *typed: str) -> list[str]:
    """What real bash offers in place of the last word."""
    quoted = " ".join(f"'{word}'" for word in ("muster", *typed))
    script = ASK.format(words=quoted, place=len(typed))
    env = muster_on_path(world) | {"SCRIPT": world.muster("completion", "bash").out}
    command = ["bash", "--noprofile", "--norc", "-c", script]
    ran = subprocess.run(command, env=env, cwd=world.root, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    return [line for line in ran.stdout.splitlines() if line]


def test_bash_completes_verbs(world: World) -> None:
    """A begun verb is completed from the table."""
    assert complete(world, "st") == ["start", "status", "stop"]


def test_bash_completes_session_names(world: World) -> None:
    """Names come from the files' stems: no fleet file, nothing hidden."""
    assert complete(world, "why", "") == ["alice", "bob"]


def test_bash_completes_models_in_their_place(world: World) -> None:
    """The second word of set-model is a model."""
    offered = complete(world, "set-model", "alice", "")

    assert {"fast", "balanced", "powerful", "mini", "maxi"} <= set(offered)
    assert "alice" not in offered


def test_bash_completes_options_of_the_verb(world: World) -> None:
    """Options are the parser's own."""
    assert "--detailed-exitcode" in complete(world, "plan", "--")


def test_bash_completes_after_options_before_the_verb(world: World) -> None:
    """Names come from the directory that the line itself names."""
    other = world.root / "other.d"
    other.mkdir()
    (other / "carol.yml").touch()

    assert complete(world, "--sessions-dir", str(other), "why", "") == ["carol"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_accept_their_script(world: World, shell: str) -> None:
    """Syntax, by the shell itself; bash is in every image, these are not."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not here")
    script = world.muster("completion", shell).out
    ran = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("place", ["sessions.d", "config/muster/sessions.d", None])
def test_completion_looks_where_settings_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str | None
) -> None:
    """The cheap search for the directory says what the settings say."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MUSTER_SESSIONS_DIR", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    if place:
        (tmp_path / place).mkdir(parents=True)

    assert [Path(os.path.abspath(found)) for found in words.directories()] == list(read().directories)
