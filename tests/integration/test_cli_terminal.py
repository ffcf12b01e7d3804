"""Sessions that have a terminal: attach brings a person to it, and a busy one takes no line."""

import contextlib
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.settings import self_spawn
from tests.integration.cli_world import World
from tests.waiting import wait_for

pytestmark = pytest.mark.tmux


@pytest.fixture
def world(short_path: Path) -> Iterator[World]:
    """A short place: sockets allow some hundred bytes."""
    made = World(short_path)
    made.write("alice.yaml", "tier: family\nruntime: tmux\n")
    made.muster("apply")
    made.muster("wait", "alice", "--for", "idle")
    yield made
    made.end_sessions()
    subprocess.run(["tmux", "-S", str(made.state / "tmux.sock"), "kill-server"], check=False, capture_output=True)


def test_attach_shows_the_session_and_leaving_leaves_it(world: World) -> None:
    """The person sees the agent's own screen; detaching ends the command and not the session."""
    pid = world.status("alice")["pid"]
    ours, its = pty.openpty()
    os.set_blocking(ours, False)
    seen = bytearray()
    env = world.env | {"TERM": "xterm"}
    with subprocess.Popen(self_spawn("attach", "alice"), env=env, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        wait_for(lambda: b"new session" in _more(ours, seen), what="the agent's first words")
        os.write(ours, b"\x02d")  # tmux: detach
        wait_for(lambda: (_more(ours, seen), process.poll())[1] is not None, what="the command to end")
    os.close(ours)

    assert process.returncode == 0
    assert world.status("alice")["pid"] == pid


def _more(terminal: int, seen: bytearray) -> bytearray:
    """Read what is there; Linux says EIO when the last writer has gone."""
    with contextlib.suppress(OSError):
        seen += os.read(terminal, 65536)
    return seen


def test_a_line_for_a_busy_terminal_is_refused(world: World) -> None:
    """It would be keys for whatever is on the screen."""
    world.muster("send", "alice", "take 20 seconds")
    wait_for(lambda: world.status("alice")["activity"] == "busy", what="alice to be busy")

    assert "busy" in world.muster("send", "alice", "more", exits=4).err


def test_a_session_without_a_terminal_cannot_be_attached(world: World) -> None:
    """And the hint tells what can be done with it."""
    world.write("bob.yaml", "runtime: process\n")
    world.muster("apply")

    assert "muster logs bob" in world.muster("attach", "bob", exits=1).err
