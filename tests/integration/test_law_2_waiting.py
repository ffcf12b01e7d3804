"""Law 2: busy, waiting, attached or unknown: no restart and no stop, unless the file or a person says so.

Alice is to be switched and bob to be stopped, both in the same situation.
"""

import contextlib
import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from controller.settings import self_spawn
from tests.integration.controller_world import PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

BEFORE = "tier: family\nmodel: mini\n"
AFTER = {"alice": "tier: family\nmodel: maxi\n", "bob": f"{BEFORE}state: stopped\n"}
BOTH = dict.fromkeys(AFTER, BEFORE)
GUARD_HOLDS = 4
LONG = "take 60 seconds"


def become(world: ControllerWorld, doing: str, line: str) -> None:
    """Make both do something that takes a while."""
    for name in AFTER:
        world.say(name, line)
    for name in AFTER:
        wait_for(lambda name=name: world.doing(name) == doing, PATIENCE, f"{name} to be {doing}")  # type: ignore[misc]


def edit(world: ControllerWorld, more: str = "") -> None:
    """Ask for the switch and for the stop."""
    for name, text in AFTER.items():
        world.write(f"{name}.yaml", f"{text}{more}")


def untouched(world: ControllerWorld, guard: str, pids: dict[str, int | None]) -> None:
    """The guard is told, further passes change nothing, and the processes are the same."""
    for name in AFTER:
        world.held(name, guard)
    world.passes()
    assert world.pids(*AFTER) == pids


def done(world: ControllerWorld) -> None:
    """Both edits reach their process."""
    world.up("alice", model="maxi")
    world.down("bob")


def test_busy_sessions_are_held_until_their_turn_is_over(short_path: Path) -> None:
    """The answer that was under way is not lost; `wait_at_most` interrupts only with `then: interrupt`."""
    with live(short_path, files=BOTH) as world:
        pids = world.pids(*AFTER)
        become(world, "busy", "take 3 seconds")
        edit(world, "update: {wait_at_most: 100ms, then: hold}\n")
        untouched(world, "busy", pids)

        done(world)
        assert [len(world.turns(name, "assistant")) for name in AFTER] == [1, 1]


def test_line_that_was_sent_is_seen_to_be_worked_on_before_the_command_ends(short_path: Path) -> None:
    """An agent writes down late that it works: an edit that follows the command at once must not cut the turn."""
    with live(short_path, files={"alice": BEFORE}) as world:
        agent = psutil.Process(world.pid("alice"))
        agent.suspend()
        sending = subprocess.Popen(self_spawn("send", "alice", "take 3 seconds"), env=world.env, cwd=world.root)
        with pytest.raises(subprocess.TimeoutExpired):  # it is over in a tenth of that when it does not look
            sending.wait(2)
        agent.resume()
        assert sending.wait(PATIENCE) == 0
        world.write("alice.yaml", AFTER["alice"])

        world.up("alice", model="maxi")
        assert len(world.turns("alice", "assistant")) == 1


def test_waiting_sessions_are_held_until_they_were_answered(short_path: Path) -> None:
    """A question to a person is not taken away from them."""
    with live(short_path, files=BOTH) as world:
        pids = world.pids(*AFTER)
        become(world, "waiting", "ask me")
        edit(world)
        untouched(world, "waiting", pids)

        for name in AFTER:
            (world.run_dir / f"{name}.in").write_text("yes\n")
        done(world)
        assert ["You said yes." in world.turns(name, "assistant")[-1] for name in AFTER] == [True, True]


def test_sessions_whose_activity_cannot_be_seen_are_held(short_path: Path) -> None:
    """Unknown is not idle."""
    with live(short_path, files=BOTH) as world:
        pids = world.pids(*AFTER)
        for pid in pids.values():
            (world.agent / "sessions" / f"{pid}.json").unlink()
        edit(world)
        untouched(world, "activity-unknown", pids)

        for name in AFTER:
            world.say(name, "a word that makes it say again what it does")
        done(world)


@pytest.mark.tmux
def test_sessions_with_somebody_at_their_terminal_are_held_until_they_leave(short_path: Path) -> None:
    """Nobody's terminal is closed under their hands."""
    tmux = "runtime: tmux\n"
    with live(short_path, files={name: f"{text}{tmux}" for name, text in BOTH.items()}) as world:
        pids = world.pids(*AFTER)
        with person(world, "alice") as alices_leaves, person(world, "bob") as bobs_leaves:
            edit(world, tmux)
            untouched(world, "attached", pids)
            alices_leaves()
            bobs_leaves()
            done(world)


@contextlib.contextmanager
def person(world: ControllerWorld, name: str) -> Iterator[Callable[[], None]]:
    """Somebody who attaches to a session at a terminal of their own; gives how they leave."""
    ours, theirs = pty.openpty()
    env = world.env | {"TERM": "xterm"}
    process = subprocess.Popen(self_spawn("attach", name), stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    try:
        wait_for(lambda: world.status(name)["attached"], PATIENCE, "somebody to be seen as attached")
        yield process.terminate
    finally:
        process.kill()
        process.wait(PATIENCE)
        os.close(ours)


def test_person_who_says_now_speaks_over_a_busy_turn_of_that_session(short_path: Path) -> None:
    """`--now` is about the named session alone, and the words said so far are kept."""
    with live(short_path, files=BOTH) as world:
        pids = world.pids(*AFTER)
        become(world, "busy", LONG)
        edit(world)
        untouched(world, "busy", pids)

        world.muster("apply", "--now", "alice", exits=GUARD_HOLDS)
        assert world.model("alice") == "maxi"
        assert world.pid("bob") == pids["bob"]
        world.muster("apply", "--now", "bob")
        assert world.pid("bob") is None
        assert world.turns("alice") == [LONG]


@pytest.mark.parametrize("update", ["{when: now}", "{wait_at_most: 1s, then: interrupt}"])
def test_file_that_does_not_want_to_wait_speaks_over_a_busy_turn(short_path: Path, update: str) -> None:
    """The owner's word in the file; what was said before the interruption is kept."""
    with live(short_path, files=BOTH) as world:
        become(world, "busy", LONG)
        edit(world, f"update: {update}\n")

        done(world)
        assert [world.turns(name) for name in AFTER] == [[LONG], [LONG]]
