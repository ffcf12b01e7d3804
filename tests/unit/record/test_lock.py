"""One controller a state directory, and one a sessions directory."""

import contextlib
import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.errors import Locked
from controller.record.errors import StateUnwritable
from controller.record.lock import ControllerLock, is_live
from tests.waiting import wait_for


def test_a_second_controller_is_refused_and_told_who_holds(tmp_path: Path) -> None:
    with ControllerLock(tmp_path / "state"):
        assert is_live(tmp_path / "state")

        with pytest.raises(Locked, match=f"pid {os.getpid()}") as raised:
            ControllerLock(tmp_path / "state").take()

    assert raised.value.exit_code == 6
    assert not is_live(tmp_path / "state")


def test_two_states_cannot_act_on_one_sessions_directory(tmp_path: Path) -> None:
    (tmp_path / "sessions.d").mkdir()
    (tmp_path / "link").symlink_to("sessions.d")

    with ControllerLock(tmp_path / "one", [tmp_path / "sessions.d"]):
        with pytest.raises(Locked, match="sessions directory"):
            ControllerLock(tmp_path / "two", [tmp_path / "link"]).take()

        assert not is_live(tmp_path / "two"), "what was refused holds nothing"
    with ControllerLock(tmp_path / "two", [tmp_path / "link", tmp_path / "sessions.d"]):
        assert list((tmp_path / "sessions.d").iterdir()) == []


def test_two_sessions_directories_do_not_meet(tmp_path: Path) -> None:
    with ControllerLock(tmp_path / "one", [tmp_path / "a"]), ControllerLock(tmp_path / "two", [tmp_path / "b"]):
        assert is_live(tmp_path / "one")
        assert is_live(tmp_path / "two")


def test_a_stale_lock_file_means_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "controller.lock").write_text("1\n")
    assert not is_live(tmp_path / "state")

    with ControllerLock(tmp_path / "state"):
        assert (tmp_path / "state" / "controller.lock").read_text() == f"{os.getpid()}\n"


def opened(path: Path) -> int:
    """How many descriptors of this process stand for the file."""
    links = (Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd"))
    return sum(os.path.realpath(link) == str(path) for link in links)


@contextmanager
def waiting(lock: ControllerLock) -> Iterator[None]:
    """Take the lock on a thread, again and again until it is taken; run the body meanwhile, then wait for it."""

    def take() -> None:
        while not lock._held:
            with contextlib.suppress(Locked):
                lock.take()

    thread = threading.Thread(target=take)
    thread.start()
    yield
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_whoever_waited_on_a_file_that_was_removed_locks_the_one_that_bears_its_name(tmp_path: Path) -> None:
    """Else two controllers could each hold a file of one name."""
    path = tmp_path / "state" / "controller.lock"
    first, second = ControllerLock(tmp_path / "state"), ControllerLock(tmp_path / "state")
    first.take()

    with waiting(second):
        wait_for(lambda: opened(path) == 2)
        path.rename(path.with_name("moved"))
        first.release()

    assert os.path.samestat(os.fstat(second._held[0]), path.stat())
    second.release()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_asking_who_lives_turns_no_controller_away(tmp_path: Path) -> None:
    """The question holds the lock for an instant; a controller that starts at that instant tries again."""
    lock = ControllerLock(tmp_path / "state")
    with lock:
        path = tmp_path / "state" / "controller.lock"
    question = os.open(path, os.O_RDONLY)
    fcntl.flock(question, fcntl.LOCK_SH)

    def end_question() -> None:
        wait_for(lambda: opened(path) == 2)
        os.close(question)

    ending = threading.Thread(target=end_question)
    ending.start()
    with lock:
        assert is_live(tmp_path / "state")
    ending.join()


def test_no_lock_is_made_where_others_may_write(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o777)

    with pytest.raises(StateUnwritable, match="others may write"):
        ControllerLock(tmp_path / "state").take()


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "controller.lock").symlink_to(tmp_path / "precious")

    with pytest.raises(StateUnwritable, match="cannot lock"):
        ControllerLock(tmp_path / "state").take()

    assert not (tmp_path / "precious").exists()


def test_a_state_that_others_could_replace_is_not_used(tmp_path: Path) -> None:
    """In a directory that everybody may rename in, the state of today is somebody else's tomorrow."""
    above = tmp_path / "open"
    above.mkdir()
    above.chmod(0o777)

    with pytest.raises(StateUnwritable, match="may write it"):
        ControllerLock(above / "state").take()

    assert not (above / "state").exists()
