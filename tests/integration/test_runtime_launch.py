"""The launcher's last steps, one launch at a time, as a pane runs them."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from controller.runtimes.launch import NOT_FOUND, TEMPORARY
from controller.runtimes.runfile import run_files
from controller.settings import self_spawn

WHO_AM_I = "import json, os, sys; print(json.dumps([os.getpid(), sys.argv[1:], os.getcwd(), dict(os.environ)]))"


class Launch:
    """One order, and what became of it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.file = place / "order"
        self.said: list[dict[str, Any]] = []
        self.order: dict[str, Any] = {
            "name": "alice",
            "nonce": "n1",
            "runtime": "tmux",
            "agent": "stub",
            "asked_model": "fast",
            "conversation": None,
            "argv": [sys.executable, "-c", WHO_AM_I, "word"],
            "env": {"SECRET": "s3cret"},
            "cwd": str(place),
            "place": None,
            "run_dir": str(place),
            "log": None,
            "cgroup": None,
            "umask": 0o027,
            "report": str(place / "report"),
        }
        (place / "alice.nonce").write_text("n1")

    def run(self) -> subprocess.CompletedProcess[str]:
        self.file.write_text(json.dumps(self.order))
        os.mkfifo(self.order["report"])
        reader = os.open(self.order["report"], os.O_RDONLY | os.O_NONBLOCK)
        ended = subprocess.run(
            self_spawn("launch", str(self.file)), capture_output=True, text=True, timeout=30, check=False
        )
        self.said = [json.loads(line) for line in os.read(reader, 1 << 16).splitlines()]
        os.close(reader)
        return ended


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    return Launch(tmp_path)


def test_directory_that_leads_elsewhere_by_now_is_not_entered(launch: Launch, tmp_path: Path) -> None:
    """Between the judgement and the start of an AI's session somebody turns a link."""
    (tmp_path / "judged").mkdir()
    (tmp_path / "link").symlink_to("judged")
    launch.order |= {"cwd": str(tmp_path / "link"), "place": str(tmp_path / "judged")}
    assert launch.run().returncode == 0
    (tmp_path / "report").unlink()
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("/")
    assert launch.run().returncode == 127
    assert "leads elsewhere" in launch.said[-1]["reason"]


def test_launcher_becomes_the_program(launch: Launch) -> None:
    """It execs in place: one pid from run file to program, the order's argv and environment, nothing left to read."""
    ended = launch.run()
    pid, argv, cwd, env = json.loads(ended.stdout)
    file = run_files(launch.place)["alice"]

    assert (argv, cwd, env["SECRET"]) == (["word"], str(launch.place), "s3cret")
    assert file.process.pid == pid == launch.said[-1]["pid"]
    assert not launch.file.exists()


def test_program_sees_nothing_of_our_terminal_server(launch: Launch) -> None:
    """Inside our pane an agent must not take our server for its person's."""
    launch.order["env"] = {"TMUX": "/elsewhere,1,0", "TMUX_PANE": "%3", "TERM": "dumb"}
    os.environ["TERM"] = "screen-256color"
    env = json.loads(launch.run().stdout)[3]

    assert env["TERM"] == "screen-256color"
    assert not {"TMUX", "TMUX_PANE"} & set(env)


def test_umask_is_the_ordered_one(launch: Launch) -> None:
    """A session's files do not depend on who started the terminal server."""
    launch.order["argv"] = ["/bin/sh", "-c", "umask"]

    assert launch.run().stdout.strip() == "0027"


def test_stale_nonce_starts_nothing(launch: Launch) -> None:
    """A launcher that was overtaken exits, and leaves the run file of the other one as it is."""
    (launch.place / "alice.nonce").write_text("n2")
    ended = launch.run()

    assert (ended.returncode, ended.stdout) == (TEMPORARY, "")
    assert launch.said[-1]["word"] == "stale"
    assert run_files(launch.place) == {}


def test_called_off_launch_starts_nothing(launch: Launch) -> None:
    """Without any current nonce nothing is wanted."""
    (launch.place / "alice.nonce").unlink()

    assert launch.run().returncode == TEMPORARY


def test_held_lock_starts_nothing(launch: Launch) -> None:
    """Whoever holds the run lock is the session's one process."""
    with (launch.place / "alice.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = launch.run()

    assert (ended.returncode, ended.stdout) == (TEMPORARY, "")
    assert launch.said[-1]["word"] == "held"


@pytest.mark.parametrize("left", ["a FIFO that nobody reads", "nothing"])
def test_a_controller_that_was_killed_does_not_hold_its_launch_up(launch: Launch, left: str) -> None:
    """The launch is still wanted: it becomes the agent, and its run file tells the next controller (law 9)."""
    launch.file.write_text(json.dumps(launch.order))
    if left != "nothing":
        os.mkfifo(launch.order["report"])
    ended = subprocess.run(
        self_spawn("launch", str(launch.file)), capture_output=True, text=True, timeout=10, check=False
    )

    assert json.loads(ended.stdout)[0] == run_files(launch.place)["alice"].process.pid


@pytest.mark.parametrize(
    "change, says",
    [
        ({"argv": ["no-such-program"]}, "no-such-program is not installed"),
        ({"argv": ["/etc/passwd"]}, "cannot run /etc/passwd"),
        ({"cwd": "/no/such/directory"}, "cannot enter /no/such/directory"),
        ({"cgroup": "/no/such/cgroup"}, "cannot join /no/such/cgroup"),
    ],
)
def test_failure_is_said_on_the_screen_and_to_the_controller(launch: Launch, change: dict[str, Any], says: str) -> None:
    """Whatever stops a launch is told to both who wait for it."""
    launch.order |= change
    ended = launch.run()

    assert ended.returncode == NOT_FOUND
    assert f"muster: cannot start alice: {says}" in ended.stderr
    assert says in launch.said[-1]["reason"]


def test_small_programs_import_nothing_heavy() -> None:
    """Their start is paid for every session: neither pydantic nor asyncio nor the rest of the package."""
    small = "controller.__main__, controller.runtimes.launch, controller.runtimes.launcher"
    program = f"import sys; import {small}; print(*sys.modules)"
    modules = set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )
    heavy = {"pydantic", "asyncio", "pathlib", "subprocess", "psutil", "dataclasses", "inspect"}

    assert not heavy & modules
    assert {name for name in modules if name.startswith("controller.")} == {
        "controller.__main__",
        "controller.runtimes",
        "controller.runtimes.launch",
        "controller.runtimes.launcher",
        "controller.runtimes.proc",
    }
