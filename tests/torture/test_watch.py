"""What campaigns are judged by: the book of signals holds every one with whose it was for; a second writer is seen."""

import os
import signal
import subprocess
import sys
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
