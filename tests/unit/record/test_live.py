"""Signs of life: files for people and health checks, datagrams for systemd."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.model.control import Heartbeat
from controller.model.observed import ProcessIdentity
from controller.record import notify
from controller.record.errors import StateUnwritable
from controller.record.live import LiveFiles, last_heartbeat, silence
from controller.record.lock import ControllerLock


def beat(passes: int = 1) -> Heartbeat:
    process = ProcessIdentity(boot_id="b", pid=1, ticks=2)
    return Heartbeat(process=process, version="0.1", at=5.0, seconds=0.1, passes=passes, sessions=3)


def test_a_pass_is_told_and_the_first_one_makes_ready(tmp_path: Path) -> None:
    files = LiveFiles(tmp_path)
    files.passed(beat(1))
    files.passed(beat(2))

    assert last_heartbeat(tmp_path) == beat(2)
    assert Heartbeat.model_validate_json((tmp_path / "ready").read_text()) == beat(1)
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {"live": 0o600, "ready": 0o600}


def test_a_new_controller_is_not_ready_by_its_predecessors_word(tmp_path: Path) -> None:
    LiveFiles(tmp_path).passed(beat())
    LiveFiles(tmp_path).started()

    assert list(tmp_path.iterdir()) == []
    assert last_heartbeat(tmp_path) is None


def test_a_stopped_controller_leaves_no_sign_of_life(tmp_path: Path) -> None:
    files = LiveFiles(tmp_path)
    files.passed(beat())
    files.stopped()

    assert list(tmp_path.iterdir()) == []


def test_a_refusing_disk_leaves_the_last_sign_as_it_was(tmp_path: Path) -> None:
    files = LiveFiles(tmp_path)
    files.passed(beat(1))
    (tmp_path / ".live.new").mkdir()

    with pytest.raises(StateUnwritable, match="cannot write"):
        files.passed(beat(2))

    assert last_heartbeat(tmp_path) == beat(1)


def test_a_broken_sign_of_life_is_none(tmp_path: Path) -> None:
    (tmp_path / "live").write_text("half a")

    assert last_heartbeat(tmp_path) is None


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, short_path: Path) -> Iterator[socket.socket]:
    """The end of systemd, by a path and by a name of the abstract namespace."""
    if request.param == "abstract" and sys.platform != "linux":
        pytest.skip("the abstract namespace is Linux's")
    address = str(short_path / "notify") if request.param == "path" else f"@muster-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(address.replace("@", "\0", 1))
        end.settimeout(10)
        os.environ["NOTIFY_SOCKET"] = address
        yield end


def heard(end: socket.socket) -> list[str]:
    return end.recv(4096).decode().splitlines()


def test_systemd_hears_each_word(listener: socket.socket) -> None:
    notify.ready("3 sessions")
    notify.watchdog("two\nlines")
    notify.reloading()
    notify.stopping()

    assert heard(listener) == ["READY=1", "STATUS=3 sessions"]
    assert heard(listener) == ["WATCHDOG=1", "STATUS=two lines"]
    first, second = heard(listener)
    assert first == "RELOADING=1"
    assert second.removeprefix("MONOTONIC_USEC=").isdecimal()
    assert heard(listener) == ["STOPPING=1"]


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "vsock:2:1", "@" + "x" * 300])
def test_nobody_listening_is_no_error(address: str) -> None:
    os.environ["NOTIFY_SOCKET"] = address

    notify.ready("fine")


def test_a_listener_that_never_reads_holds_nobody_up(listener: socket.socket) -> None:
    for _ in range(2000):
        notify.watchdog("x" * 1000)


@pytest.mark.parametrize(
    "usec,pid,expected",
    [("30000000", None, 15.0), ("30000000", "1", None), ("", None, None), ("0", None, None), ("soon", None, None)],
)
def test_the_watchdog_is_petted_twice_in_its_time(usec: str, pid: str | None, expected: float | None) -> None:
    os.environ["WATCHDOG_USEC"] = usec
    if pid:
        os.environ["WATCHDOG_PID"] = pid

    assert notify.watchdog_seconds() == expected


def test_a_controller_that_does_not_get_through_its_passes_is_told(tmp_path: Path) -> None:
    """Who merely is not there, and who made a good pass a moment ago, is not."""
    files = LiveFiles(tmp_path)
    assert silence(tmp_path, 5.0) is None

    with ControllerLock(tmp_path):
        files.passed(beat())
        assert silence(tmp_path, 6.0) is None
        assert "995 s ago" in (silence(tmp_path, 1000.1) or "")
        files.failed()
        assert "its last pass failed" in (silence(tmp_path, 6.0) or "")
