"""The output of sessions is bounded, whatever they print and however full the disk is."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.runtimes.logs import trim_logs
from tests.waiting import wait_for

LARGEST = 1 << 20


@contextmanager
def printing(log: Path) -> Iterator[None]:
    """A session that prints as fast as the machine can; here it comes to an end, or a defect would fill the disk."""
    with log.open("ab") as out:
        session = subprocess.Popen(["head", "-c", str(300 * LARGEST), "/dev/zero"], stdout=out)
    try:
        yield
    finally:
        session.kill()
        session.wait()


def test_copy_of_a_log_that_grows_all_the_time_comes_to_its_end(tmp_path: Path) -> None:
    """It would fill the disk that the cut is to save."""
    log = tmp_path / "alice.log"
    with printing(log):
        wait_for(lambda: log.exists() and log.stat().st_size > 2 * LARGEST, what="a large log")
        assert trim_logs(tmp_path, LARGEST) == (log,)

    assert log.with_name("alice.log.1").stat().st_size == LARGEST


def test_log_is_cut_where_there_is_no_room_for_its_copy(tmp_path: Path) -> None:
    """The limit on the size of files refuses the copy, as a full disk does."""
    log = tmp_path / "alice.log"
    log.write_bytes(b"x" * 2 * LARGEST)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        assert trim_logs(tmp_path, LARGEST) == (log,)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert (os.listdir(tmp_path), log.stat().st_size) == (["alice.log"], 0)
