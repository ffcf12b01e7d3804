"""Two AIs never pass the same limit at once: who comes second is judged by what the first one has written."""

import fcntl
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from controller.doors import births
from controller.errors import NotAllowed
from controller.settings import Settings
from tests.unit.doors.test_edits import BOSS
from tests.waiting import wait_for


def somebody_waits_for(file: Path) -> bool:
    """Whether the kernel has a request for this lock that it has not granted."""
    inode = f":{file.stat().st_ino}"
    return any("->" in row.split() and f"{inode} " in row for row in Path("/proc/locks").read_text().splitlines())


@pytest.mark.skipif(sys.platform != "linux", reason="who waits for a lock is told by /proc/locks")
def test_who_waits_is_judged_by_what_was_written_meanwhile(tmp_path: Path) -> None:
    directory, state = tmp_path / "sessions.d", tmp_path / "state"
    directory.mkdir()
    state.mkdir(mode=0o700)
    (directory / "_fleet.yaml").write_text("defaults: {agent: demo}\nai: {sessions: 1}\n")
    (directory / "boss.yaml").write_text("tier: admin\n")
    settings = Settings(sessions_dirs=(directory,), state_dir=state)

    with (state / "doors.lock").open("w") as lock, ThreadPoolExecutor(1) as another:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asked = another.submit(births.new_session, settings, BOSS, births.Birth(name="second"))
        wait_for(lambda: asked.done() or somebody_waits_for(state / "doors.lock"), what="the second to wait")
        (directory / "first.yaml").write_text("origin: ai\nparent: boss\n")
        fcntl.flock(lock, fcntl.LOCK_UN)
        with pytest.raises(NotAllowed, match=r"ai\.sessions"):
            asked.result(60)
    assert not (directory / "second.yaml").exists()
