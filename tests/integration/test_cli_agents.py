"""`muster agents --probe`: real programs asked for their help, away from the person's home."""

import os
from pathlib import Path

import psutil

from tests.integration.cli_world import World
from tests.waiting import wait_for

FLEET = """\
defaults: {{agent: demo}}
agents:
  tool:
    executables: [{program}]
    runtimes:
      tmux:
        argv:
          - {{add: ["{{executable}}", --model, "{{model}}"]}}
          - {{when: start, add: ["--session-id={{conversation}}"]}}
          - {{when: resume, add: [--resume, "{{conversation}}"]}}
"""
LISTS_ALL = "  --model M\n  --session-id ID\n  --resume ID\n"


def program(root: Path, help_: str, extra: str = "") -> World:
    """A world with one more agent, whose program prints this help."""
    path = root / "tool"
    path.write_text(
        f"#!/bin/sh\n{extra}\n[ \"$1\" = --version ] && echo tool 3.1.4 && exit\ncat <<'END'\n{help_}\nEND\n"
    )
    path.chmod(0o755)
    return World(root, FLEET.format(program=path))


def test_installed_program_is_told_with_path_version_and_what_is_proven(tmp_path: Path) -> None:
    world = program(tmp_path, LISTS_ALL)
    [agent] = world.muster("agents", "tool", "--json").json["agents"]

    assert agent["executable"] == [str(tmp_path / "tool")]
    assert agent["version"] == "3.1.4"
    assert agent["runtimes"]["tmux"]["proven_here"] is False
    assert agent["probe"] is None
    assert "not proven" in world.muster("agents", "tool").out


def test_every_flag_of_the_embedded_agent_fits_its_own_help(tmp_path: Path) -> None:
    [agent] = World(tmp_path).muster("agents", "demo", "--probe", "--json").json["agents"]

    assert agent["probe"] == {"fits": ["--acp", "--model", "--resume", "--session-id"], "missing": [], "unread": []}


def test_flag_that_a_newer_program_dropped_is_named_and_ends_with_1(tmp_path: Path) -> None:
    world = program(tmp_path, "  --model M\n  --session-id ID\n  --continue ID  was --resume\n")
    ran = world.muster("agents", "tool", "--probe", "--json", exits=1)

    assert ran.json["agents"][0]["probe"]["missing"] == ["--resume (resume)"]
    assert "--resume (resume)" in ran.err


def test_help_that_fails_is_no_proof_against_flags(tmp_path: Path) -> None:
    world = program(tmp_path, LISTS_ALL, extra='[ "$1" = --help ] && exit 3')
    [agent] = world.muster("agents", "tool", "--probe", "--json", exits=1).json["agents"]

    assert agent["probe"] == {"fits": [], "missing": [], "unread": ["tool --help ended with 3"]}


def test_agent_that_is_not_here_cannot_be_probed_alone_and_is_passed_over_among_others(tmp_path: Path) -> None:
    world = program(tmp_path, LISTS_ALL)
    (tmp_path / "tool").unlink()

    assert "not here" in world.muster("agents", "--probe").out
    assert "on PATH" in world.muster("agents", "tool", "--probe", exits=1).err


def test_what_a_program_writes_when_asked_is_not_written_into_the_home(tmp_path: Path, home: Path) -> None:
    world = program(tmp_path, LISTS_ALL, extra='mkdir -p "$HOME/.tool" "$XDG_CONFIG_HOME/tool"')
    world.env |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "TOOL_API_KEY": "sk-very-secret-0123456789"}
    world.muster("agents", "tool", "--probe")

    assert list(home.iterdir()) == []


def test_no_key_of_the_persons_reaches_a_program_that_is_asked(tmp_path: Path) -> None:
    world = program(tmp_path, LISTS_ALL, extra=f'env >> "{tmp_path}/seen"')
    world.env |= {"TOOL_API_KEY": "sk-very-secret-0123456789"}
    world.muster("agents", "tool", "--probe")

    assert "HOME=" in (tmp_path / "seen").read_text()
    assert "sk-very-secret" not in (tmp_path / "seen").read_text()


def test_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    world = program(
        tmp_path, LISTS_ALL, extra=f'sleep 300 & echo $! >> "{tmp_path}/pids"; [ "$1" = --version ] && wait'
    )
    [agent] = world.muster("agents", "tool", "--json").json["agents"]
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]

    assert agent["version"] is None
    assert len(pids) == 1
    wait_for(lambda: not psutil.pid_exists(pids[0]) or ended(pids[0]), 30, "the end of its child")


def ended(pid: int) -> bool:
    """A zombie has ended, whoever forgets to reap it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_program_that_runs_only_in_the_persons_home_is_asked_there_for_its_version(tmp_path: Path, home: Path) -> None:
    """Version switchers look for themselves in the home."""
    (home / "switch").touch()
    world = program(tmp_path, LISTS_ALL, extra='[ -e "$HOME/switch" ] || exit 1')
    world.env["HOME"] = str(home)

    assert world.muster("agents", "tool", "--json").json["agents"][0]["version"] == "3.1.4"
    assert os.listdir(home) == ["switch"]
