"""Who runs a command: proven by real processes and their ancestors, whatever an environment says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.doors.who import Claim, judged, lineage
from controller.errors import NotAllowed
from controller.model.asker import HUMAN, Asker
from controller.model.observed import ProcessIdentity
from controller.model.session import Origin
from controller.runtimes.identity import identify
from tests.contract.real_runtime import remove_cgroup, scratch_cgroup
from tests.waiting import wait_for

NONCE = "n1"
MARKED = {"MUSTER_NAME": "ann", "MUSTER_NONCE": NONCE}
ANN = Asker(Origin.AI, "ann")
TREE = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], **eval(sys.argv[2]))"
ORPHAN = """
import subprocess, sys
subprocess.run(["sh", "-c", 'exec 3<&0; "$0" -c "$1" <&3 &', sys.executable, sys.argv[1]])
sys.stdin.read()
"""
WAIT = "import os, sys; open(os.environ['SAYS'], 'w').write(str(os.getpid())); sys.stdin.read()"
"""A leader that runs one child, which says its pid and lives until its input ends."""


@contextmanager
def family(place: Path, how: str = "{}", tree: str = TREE, **env: str) -> Iterator[tuple[ProcessIdentity, int]]:
    """A session's process and a command below it; gives the one's identity and the other's pid."""
    says = place / "pid"
    leader = subprocess.Popen(
        [sys.executable, "-c", tree, WAIT, how],
        stdin=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "SAYS": str(says)} | env,
        start_new_session=True,
    )
    try:
        wait_for(lambda: says.exists() and says.read_text(), what="the child")
        found = identify(leader.pid, NONCE)
        assert found is not None
        yield found, int(says.read_text())
    finally:
        leader.communicate()


def test_a_command_below_a_sessions_process_is_the_sessions(tmp_path: Path) -> None:
    """With its markers, without any, and with a group or kernel session of its own."""
    for number, how in enumerate(
        ("{}", "{'env': {'SAYS': __import__('os').environ['SAYS']}}", "{'start_new_session': True}")
    ):
        place = tmp_path / str(number)
        place.mkdir()
        with family(place, how, **MARKED) as (leader, pid):
            line = list(lineage(pid))
            assert judged([("ann", leader)], line, None) == ANN
            assert judged([("bob", identity(1)), ("ann", leader)], line, Claim("ann", NONCE)) == ANN


def test_who_loses_its_parent_stays_in_the_sessions_kernel_session(tmp_path: Path) -> None:
    """A command in the background whose shell has ended: its ancestors are gone, the session's number is not."""
    with family(tmp_path, tree=ORPHAN, **MARKED) as (leader, pid):
        wait_for(lambda: leader.pid not in [row.pid for row in lineage(pid)], what="the shell's end")
        assert judged([("ann", leader)], list(lineage(pid)), None) == ANN


DETACHED = """
import os, sys
from pathlib import Path
from controller.doors.who import judged, lineage
from controller.model.observed import ProcessIdentity
group, says = sys.argv[1:]
Path(group, "cgroup.procs").write_text(str(os.getpid()))
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
gone = ProcessIdentity(boot_id="another boot", pid=1, ticks=1, nonce="n1")
found = judged([("bob", gone.model_copy(update={"nonce": "n2"})), ("ann", gone)], list(lineage(os.getpid())), None)
Path(f"{says}.new").write_text(f"{found.session}")
Path(f"{says}.new").rename(says)
"""


def test_who_leaves_everything_but_its_cgroup_is_still_the_sessions(tmp_path: Path) -> None:
    """Neither ancestors nor kernel session nor environment are left; what is not the launch's own proves nothing."""
    group = scratch_cgroup()
    try:
        for name, found in (("muster-ann.n1", "ann"), ("muster-ann.n0", "None"), ("muster-ann.n1.x", "None")):
            (group / name).mkdir()
            says = tmp_path / name
            subprocess.run([sys.executable, "-c", DETACHED, group / name, says], env={}, check=True)
            wait_for(says.exists, what="the detached process")
            assert says.read_text() == found
            wait_for(lambda name=name: not (group / name / "cgroup.procs").read_text(), what="its end")  # type: ignore[misc]
    finally:
        remove_cgroup(group)


def identity(pid: int, ticks: int = 1) -> ProcessIdentity:
    return ProcessIdentity(boot_id="another boot", pid=pid, ticks=ticks, nonce="x")


@pytest.mark.parametrize("claim", [Claim("bob", NONCE), Claim("ann", "n0"), Claim("ann", ""), Claim("", NONCE)])
def test_a_marker_that_is_not_the_sessions_is_a_lie(claim: Claim, tmp_path: Path) -> None:
    """Another name, an old nonce or half of it: refused, though the truth is known."""
    with family(tmp_path) as (leader, pid), pytest.raises(NotAllowed) as refused:
        judged([("ann", leader)], list(lineage(pid)), claim)
    assert refused.value.asker == "ann"


def test_a_marker_that_nothing_confirms_makes_nobody_a_person(tmp_path: Path) -> None:
    """The session is gone, of another state, or of another boot; also where only an ancestor has the marker."""
    with family(tmp_path, **MARKED) as (leader, pid):
        line = list(lineage(pid))
        for sessions in ([], [("ann", leader.model_copy(update={"ticks": 1}))], [("ann", identity(leader.pid))]):
            with pytest.raises(NotAllowed):
                judged(sessions, line, None)
    with pytest.raises(NotAllowed):
        judged([], [], Claim("ann", NONCE))


def test_without_markers_and_sessions_above_it_is_a_person(tmp_path: Path) -> None:
    """A session beside it on the machine makes nobody an AI."""
    with family(tmp_path) as (leader, _):
        assert judged([("ann", leader)], list(lineage(os.getpid())), None) == HUMAN


def test_a_line_of_ancestors_is_the_kernels() -> None:
    """It begins with the process itself and goes up to the first."""
    pids = [row.pid for row in lineage(os.getpid())]
    assert pids[:2] == [os.getpid(), os.getppid()]
    assert len(pids) == len(set(pids))
