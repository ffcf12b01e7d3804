"""The safety of the tests is itself tested: nothing here reaches the person's home, tmux or agents."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MARK, agent_names, left_over, pytest_runtest_setup, scratch_environ, scratch_path
from tests.house.reading import write
from tests.waiting import wait_for

REAL_HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)
AN_AGENT = "parrot"


def test_home_is_not_the_real_one(scratch_world: Path) -> None:
    assert Path.home() != REAL_HOME
    assert Path.home().is_relative_to(scratch_world)


@pytest.mark.parametrize("kind", ["CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "RUNTIME_DIR"])
def test_every_xdg_directory_is_scratch(scratch_world: Path, kind: str) -> None:
    assert Path(os.environ[f"XDG_{kind}"]).is_relative_to(scratch_world)


def test_muster_itself_is_pointed_at_scratch(scratch_world: Path) -> None:
    places = [value for key, value in os.environ.items() if key.startswith("MUSTER_")]

    assert places
    assert all(Path(place).is_relative_to(scratch_world) for place in places)


def test_a_child_process_sees_the_same_home(scratch_world: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", "import pathlib; print(pathlib.Path.home())"], capture_output=True, text=True, check=True
    )

    assert Path(child.stdout.strip()).is_relative_to(scratch_world)


@pytest.mark.tmux
def test_the_default_tmux_server_is_not_reachable(scratch_world: Path) -> None:
    assert "TMUX" not in os.environ

    asked = subprocess.run(["tmux", "list-sessions"], capture_output=True, text=True, check=False)

    assert asked.returncode != 0
    assert str(scratch_world) in asked.stderr


def test_no_real_agent_is_reachable() -> None:
    reachable = [name for name in agent_names() if (found := shutil.which(name)) and not _refuses(found)]

    assert reachable == []


def test_the_persons_own_directories_are_not_on_the_path(tmp_path: Path) -> None:
    mine = _agent_in(tmp_path / "mine")

    path = scratch_path(_empty(tmp_path / "scratch"), str(mine))

    assert shutil.which(AN_AGENT, path=str(mine))
    assert not shutil.which(AN_AGENT, path=path)


def test_nothing_that_leads_home_is_inherited(tmp_path: Path) -> None:
    was = {
        "HOME": str(REAL_HOME),
        "TMUX": "/tmp/real,1,0",
        "MUSTER_X": "1",
        "GIT_DIR": "/repo",
        "LANG": "C",
        "PATH": "",
    }

    env = scratch_environ(tmp_path, was)

    assert env["LANG"] == "C"
    assert not {"TMUX", "MUSTER_X", "GIT_DIR"} & env.keys()
    assert str(REAL_HOME) not in {env[key] for key in env.keys() - {"PATH"}}


def test_the_environment_is_put_back_first() -> None:
    """The second half is below: pytest keeps the order of a file."""
    os.environ["LEFT_BEHIND"] = "1"
    os.environ["HOME"] = str(REAL_HOME)


def test_the_environment_is_put_back(scratch_world: Path) -> None:
    assert "LEFT_BEHIND" not in os.environ
    assert Path.home().is_relative_to(scratch_world)


def test_a_forgotten_process_is_found(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {MARK: str(tmp_path)}) as process:
        wait_for(
            lambda: [p.pid for p in left_over(tmp_path)] == [process.pid], what="the process to show its environment"
        )
        process.communicate()

    assert left_over(tmp_path) == []


@pytest.mark.tmux
@pytest.mark.parametrize("where,ends", [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_missing_tmux_skips_here_and_fails_in_ci(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, where: str, ends: type[BaseException]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", where)

    with pytest.raises(ends, match="apt-get install tmux"):
        pytest_runtest_setup(request.node)


def _refuses(program: str) -> bool:
    ran = subprocess.run([program], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return ran.returncode == 97 and "in tests" in ran.stderr


def _agent_in(place: Path) -> Path:
    write(place, {AN_AGENT: "#!/bin/sh\n"})
    (place / AN_AGENT).chmod(0o755)
    return place


def _empty(place: Path) -> Path:
    place.mkdir()
    return place
