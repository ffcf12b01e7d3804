"""Laws 3 and 4: never a second writer of a conversation, never a signal to a process that is not ours."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.model.event import EventType
from tests.integration.controller_world import PATIENCE, ControllerWorld, live
from tests.integration.pids import LAST_PID, TRIES, take_pid
from tests.waiting import wait_for

ALICE = "tier: family\nmodel: mini\n"
MOVED = "tier: family\nmodel: maxi\n"
STOPPED = f"{ALICE}state: stopped\n"
WORD = "my daughter is called Ada"


def end(stranger: subprocess.Popen[bytes]) -> None:
    """The stranger leaves as people do, which shows that nobody had ended them before."""
    assert stranger.poll() is None
    stranger.communicate(b"/quit\n", PATIENCE)
    assert stranger.returncode == 0


def test_stranger_beside_ours_holds_a_restart_until_they_leave(short_path: Path) -> None:
    """Whoever restarted now would write beside them; neither process is signalled."""
    with live(short_path, files={"alice": ALICE}) as world:
        world.talk("alice", WORD)
        pid, stranger = world.pid("alice"), world.stranger("alice")
        world.write("alice.yaml", MOVED)
        world.held("alice", "conflict")
        world.passes()
        assert sorted(world.writers(world.conversation("alice"))) == sorted([pid or 0, stranger.pid])

        end(stranger)
        world.passes(1)
        world.up("alice", model="maxi")
        assert world.recalls("alice", WORD)


def test_stranger_on_the_conversation_of_a_stopped_session_holds_its_start(short_path: Path) -> None:
    """A conversation has one writer, whoever that is."""
    with live(short_path, files={"alice": ALICE}) as world:
        world.talk("alice", WORD)
        world.write("alice.yaml", STOPPED)
        world.down("alice")
        stranger = world.stranger("alice")
        world.write("alice.yaml", ALICE)
        world.held("alice", "foreign")
        world.passes()
        assert world.writers(world.conversation("alice")) == [stranger.pid]
        assert world.status("alice")["state"] == "foreign"
        assert "foreign" in world.muster("plan", "--json").out

        end(stranger)
        world.passes(1)
        world.up("alice")
        assert world.recalls("alice", WORD)


def test_stranger_that_comes_later_is_reported_and_left_alone(short_path: Path) -> None:
    """Nothing is to be done with the session, so nothing is done; but people are told."""
    with live(short_path, files={"alice": ALICE}) as world:
        world.talk("alice", WORD)
        pid, stranger = world.pid("alice"), world.stranger("alice")
        world.passes()
        assert world.events(EventType.CONFLICT, "alice")[0]["pids"] == str(stranger.pid)
        assert f"process {stranger.pid}" in world.muster("why", "alice").out
        assert str(stranger.pid) in world.muster("status", "alice").out
        assert world.pid("alice") == pid
        end(stranger)


def test_successor_starts_only_when_the_predecessor_is_gone(short_path: Path) -> None:
    """One that ignores SIGTERM is waited for: at no moment are there two."""
    with live(short_path, files={"alice": f"{ALICE}env: {{MUSTER_DEMO_FAULT: ignore-term}}\n"}) as world:
        world.up("alice")
        world.talk("alice", WORD)
        most, conversation = [0], world.conversation("alice")
        world.write("alice.yaml", MOVED)

        def moved() -> bool:
            most.append(len(world.writers(conversation)))
            return world.model("alice") == "maxi"

        wait_for(moved, PATIENCE, "alice on maxi")
        assert max(most) == 1


@pytest.fixture
def bystanders() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Somebody else's processes, once they were started."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait(PATIENCE)


@pytest.mark.skipif(not os.access(LAST_PID, os.W_OK), reason="ns_last_pid cannot be written: not Linux, or not root")
@pytest.mark.parametrize("state", ["kept", "lost"])
def test_process_that_has_our_sessions_pid_is_never_signalled(
    short_path: Path, bystanders: list[subprocess.Popen[bytes]], state: str
) -> None:
    """Records and run files name pids that are somebody else's by now: one session is to be switched, one stopped."""
    with live(short_path, files={"alice": ALICE, "bob": ALICE}) as world:
        world.talk("alice", WORD)
        pids = [pid for pid in world.pids("alice", "bob").values() if pid]
        world.kill()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda pid=pid: not Path(f"/proc/{pid}").exists(), PATIENCE, "the pid to be free")  # type: ignore[misc]
            taken = take_pid(pid, PATIENCE)
            if taken is None:
                pytest.skip(f"pid {pid} could not be had in {TRIES} tries")
            bystanders.append(taken)
        if state == "lost":
            lose_state(world)
        world.write("alice.yaml", MOVED)
        world.write("bob.yaml", STOPPED)
        world.start()
        world.up("alice", model="maxi")
        world.passes()

        assert [process.poll() for process in bystanders] == [None, None]
        assert world.pid("alice") not in pids
        assert world.recalls("alice", WORD)


def lose_state(world: ControllerWorld) -> None:
    """Only the run files are left."""
    for path in world.state.glob("state.db*"):
        path.unlink()


def test_other_controller_over_the_same_agent_touches_nothing_of_ours(short_path: Path) -> None:
    """Another state directory, the same names, the same home of the agent: theirs start, move and stop beside ours."""
    files = {"alice": ALICE, "bob": ALICE}
    with live(short_path / "a", files=files) as ours:
        ours.talk("alice", WORD)
        before = ours.pids(*files)
        with live(short_path / "b", files=files, MUSTER_DEMO_HOME=str(ours.agent)) as theirs:
            assert not set(theirs.pids(*files).values()) & set(before.values())
            theirs.write("alice.yaml", MOVED)
            theirs.write("bob.yaml", STOPPED)
            theirs.up("alice", model="maxi")
            theirs.down("bob")
            theirs.passes()
            ours.passes()

            assert ours.pids(*files) == before
            assert not ours.events(EventType.SESSION_EXITED)
            assert ours.recalls("alice", WORD)
