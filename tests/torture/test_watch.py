"""What campaigns are judged by: the book of signals holds every one with whose it was for; a second writer is seen."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.torture.ground import Ground, campaign
from tests.torture.hostile import Watch
from tests.waiting import wait_for

WAYS = {
    "kill": "import os, sys; os.kill(int(sys.argv[1]), 15)",
    "killpg": "import os, sys; os.killpg(int(sys.argv[1]), 15)",
    "pidfd": "import os, signal, sys; signal.pidfd_send_signal(os.pidfd_open(int(sys.argv[1])), 15)",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("whose", ["ours", "foreign"])
def test_a_signal_is_noted_with_whose_it_was_for(tmp_path: Path, way: str, whose: str) -> None:
    ground = Ground(tmp_path / "ground", seed=1)
    marks = {"MUSTER_NONCE": "n"} if whose == "ours" else {}
    target = subprocess.Popen(["sleep", "60"], env=ground.env | marks, start_new_session=True)
    subprocess.run([sys.executable, "-c", WAYS[way], str(target.pid)], env=ground.env, check=True)

    assert target.wait(10) == -signal.SIGTERM
    assert [(one["pid"], one["signal"], one["whose"]) for one in ground.signals()] == [(target.pid, 15, whose)]


def test_a_question_is_no_signal(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "ground", seed=1)
    words = [sys.executable, "-c", "import os, sys; os.kill(int(sys.argv[1]), 0)", str(os.getpid())]
    subprocess.run(words, env=ground.env, check=True)

    assert ground.signals() == []


@pytest.mark.parametrize("socket, whose", [("state/tmux.sock", "ours"), ("mine", "foreign")])
def test_a_command_to_a_tmux_is_noted_with_whose_it_is(tmp_path: Path, socket: str, whose: str) -> None:
    """Its server would end programs or type into them for us, which no signal tells."""
    ground = Ground(tmp_path / "ground", seed=1)
    (ground.root / "tmux").symlink_to("/bin/true")
    words = [str(ground.root / "tmux"), "-S", str(ground.root / socket), "kill-pane", "-t", "%1"]
    code = "import subprocess, sys; subprocess.run(sys.argv[1:], check=True)"
    subprocess.run([sys.executable, "-c", code, *words], env=ground.env, check=True)

    assert [one["whose"] for one in ground.signals()] == [whose]


def test_an_agent_that_hides_is_known_and_one_that_forges_our_marks_is_not_ours(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "ground", seed=1)
    marks = {"MUSTER_NONCE": "n", "MUSTER_NAME": "ann"}
    known = {"TORTURE_MISCHIEF": "rename,wipe"}, {"TORTURE_STRANGER": "1"}
    agents = [ground.bystander(**marks | more) for more in known]
    for agent in agents:
        subprocess.run([sys.executable, "-c", WAYS["kill"], str(agent.pid)], env=ground.env, check=True)
        agent.communicate()

    assert [one["whose"] for one in ground.signals()] == ["ours", "foreign"]


@pytest.mark.parametrize("number, made", [(1, []), (2, ["a"]), (3, ["a", "b"])])
def test_a_program_dies_before_the_step_that_is_named(tmp_path: Path, number: int, made: list[str]) -> None:
    ground = Ground(tmp_path / "ground", seed=1)
    place = tmp_path / "place"
    place.mkdir()
    code = "import os, sys; [open(name, 'w').close() for name in sys.argv[2:]]; os.rename('a', 'c')"
    words = [sys.executable, "-c", code, "doomed", "a", "b"]
    ended = subprocess.run(words, env=ground.env | {"TORTURE_DIE": f"doomed:{number}"}, cwd=place, check=False)

    assert (ended.returncode, sorted(os.listdir(place))) == (-signal.SIGKILL, made)


def test_the_clocks_of_a_campaign_are_wrong_by_what_it_says(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "ground", seed=1)
    (tmp_path / "clock").write_text("-3600 7200")
    code = "import time; print(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))"
    env = ground.env | {"TORTURE_CLOCK": str(tmp_path / "clock")}
    said = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True).stdout
    wall, boot = (float(word) for word in said.split())

    assert abs(wall + 3600 - time.time()) < 60
    assert abs(boot - 7200 - time.clock_gettime(time.CLOCK_BOOTTIME)) < 60


def test_a_second_writer_is_seen(short_path: Path) -> None:
    """A person goes on with a session's conversation by hand: that is what Muster must never do."""
    with campaign("watch", Ground(short_path, seed=1)) as ground:
        ground.write("ann.yaml", "model: mini\n")
        ground.start()
        ground.up("ann")
        ground.talk("ann", "hello")
        with Watch(ground) as watch:
            ground.stranger("ann")
            wait_for(lambda: watch.seen, what="the second writer")

        assert {pid for _, pids in watch.seen for pid in pids} >= {ground.pid("ann")}
