"""The state under kill -9, under two writers, on a full disk and where it may not be written."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.errors import Locked
from controller.model.transaction import Transaction
from controller.record.journal import Journal
from controller.record.lock import ControllerLock, is_live
from controller.record.store import Access, Store
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parent.parent.parent

# Prints the number of each step once its commit has returned; steps are made by ten threads at once.
BURST = """
import os, sys, threading
from pathlib import Path
from controller.model.record import Intent, SessionRecord
from controller.model.transaction import Transaction
from controller.record.journal import Journal
from controller.record.store import Store

name, count = sys.argv[2], int(sys.argv[3])
journal = Journal(Store(Path(sys.argv[1])))

def work(first):
    for number in range(first, count, 10):
        record = SessionRecord(name=f"{name}{number}", cwd="x" * 2000)
        step = Transaction(records=(record,), opened=(Intent(id=record.name, name=record.name, operation="start",
                           nonce="n", after=record),))
        journal.commit_now(step)
        os.write(1, f"{record.name}\\n".encode())

threads = [threading.Thread(target=work, args=(first,)) for first in range(10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""

HOLD = """
import sys
from pathlib import Path
from controller.record.lock import ControllerLock
ControllerLock(Path(sys.argv[1])).take()
print("held", flush=True)
sys.stdin.read()
"""

WRITE = """
import os, resource, sys
from pathlib import Path
from controller.errors import MusterError
from controller.model.record import SessionRecord
from controller.model.transaction import Transaction
from controller.record.journal import Journal
from controller.record.store import Access, Store

import concurrent.futures, controller.record.writer, urllib.parse  # now: as nobody none of it can be read any more
path, uid, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
if uid:
    os.setuid(uid)
with Store(path, Access(sys.argv[4])) as store:
    try:
        journal = Journal(store)
        print(sorted(journal.records()))
        journal.commit_now(Transaction(records=tuple(SessionRecord(name=f"n{n}", cwd="x" * 999) for n in range(1000))))
    except MusterError as error:
        print(type(error).__name__)
    print(sorted(Journal(store).records()))
    if limit:  # somebody made room
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        journal.commit_now(Transaction(records=(SessionRecord(name="after"),)))
"""


def run(code: str, *args: str) -> list[str]:
    command = [sys.executable, "-c", code, *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def remember(path: Path, *names: str) -> None:
    with Store(path, Access.OWN) as store:
        from tests.unit.record.builders import record

        Journal(store).commit_now(Transaction(records=tuple(record(name) for name in names)))


@pytest.mark.parametrize("acknowledged", [1, 20, 150, 400])
def test_kill_9_in_a_burst_loses_no_acknowledged_step_and_splits_none(tmp_path: Path, acknowledged: int) -> None:
    path, log = tmp_path / "state" / "state.db", tmp_path / "log"
    with log.open("wb") as out:
        burst = subprocess.Popen([sys.executable, "-c", BURST, str(path), "s", "100000"], cwd=ROOT, stdout=out)
    try:
        wait_for(lambda: log.read_bytes().count(b"\n") >= acknowledged, deadline=30)
    finally:
        burst.send_signal(signal.SIGKILL)
        burst.wait()

    with Store(path, Access.OWN) as store:
        assert store.rebuilt is None
        records = set(Journal(store).records())
        intents = {intent.id for intent in Journal(store).open_intents()}
    assert set(log.read_text().split()) <= records
    assert records == intents


def test_two_processes_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state" / "state.db"
    command = [sys.executable, "-c", BURST, str(path)]
    writers = [
        subprocess.Popen([*command, name, "200"], cwd=ROOT, stdout=subprocess.DEVNULL) for name in ("left", "right")
    ]

    assert [writer.wait(60) for writer in writers] == [0, 0]
    with Store(path, Access.OWN) as store:
        assert set(Journal(store).records()) == {f"{name}{n}" for name in ("left", "right") for n in range(200)}


def test_a_disk_that_fills_up_costs_nothing_that_was_there(tmp_path: Path) -> None:
    """The limit on the size of files refuses a write in the middle of a commit, as a full disk does."""
    path = tmp_path / "state" / "state.db"
    remember(path, "a", "b")

    assert run(WRITE, str(path), "0", "200000", "own") == ["['a', 'b']", "StateUnwritable", "['a', 'b']"]

    with Store(path, Access.OWN) as store:
        assert (store.rebuilt, sorted(Journal(store).records())) == (None, ["a", "after", "b"])


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A directory that every user may pass through, which pytest's own is not."""
    place = Path(tempfile.mkdtemp(prefix="muster-open-", dir="/tmp"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_where_nothing_may_be_written_the_state_is_still_read(open_path: Path) -> None:
    """A read-only file system: no log can be made beside the file."""
    path = open_path / "state" / "state.db"
    remember(path, "a")
    path.chmod(0o444)
    path.parent.chmod(0o555)
    nobody = "65534" if os.geteuid() == 0 else "0"

    try:
        assert run(WRITE, str(path), nobody, "0", "read") == ["['a']", "StateUnwritable", "['a']"]
    finally:
        path.parent.chmod(0o700)


def test_the_lock_ends_with_its_holder_however_it_ends(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "state")], cwd=ROOT, stdin=-1, stdout=-1)
    try:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        assert is_live(tmp_path / "state")
        with pytest.raises(Locked, match=f"pid {holder.pid}"):
            ControllerLock(tmp_path / "state").take()
    finally:
        holder.kill()
        holder.communicate()

    assert not is_live(tmp_path / "state")
    with ControllerLock(tmp_path / "state"):
        assert is_live(tmp_path / "state")


def test_a_session_that_outlives_the_controller_does_not_hold_its_lock(tmp_path: Path) -> None:
    """Even a child that inherits every descriptor it can."""
    with ControllerLock(tmp_path / "state"):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        assert child.poll() is None
        assert not is_live(tmp_path / "state")
    finally:
        child.kill()
        child.wait()
