"""The book of signals holds every one, and knows whose process it was for: a campaign is judged by it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.ground import Ground

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
