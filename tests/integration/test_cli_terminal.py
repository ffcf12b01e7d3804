"""Sessions that have a terminal: attach brings a person to it, and a busy one takes no line."""

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.settings import self_spawn
from tests.integration.cli_world import FLEET, World
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


def _tmux(world: World, *words: str) -> str:
    """Ask the server of this world."""
    command = ["tmux", "-S", str(world.state / "tmux.sock"), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _screen(world: World, name: str = "alice") -> str:
    return _tmux(world, "capture-pane", "-p", "-t", f"={name}:")


def test_a_line_is_not_added_to_what_somebody_has_typed(world: World) -> None:
    """Their draft stays as it is; when it is gone, the line is taken."""
    _tmux(world, "send-keys", "-t", "=alice:", "-l", "half a thou")
    wait_for(lambda: "> half a thou" in _screen(world), what="the draft")

    assert "not sent" in world.muster("send", "alice", "mine", exits=4).err
    assert _screen(world).rstrip().endswith("> half a thou")

    _tmux(world, "send-keys", "-t", "=alice:", "C-u")
    wait_for(lambda: _screen(world).rstrip().endswith(">"), what="the draft to be gone")
    world.muster("send", "alice", "mine")
    wait_for(lambda: "I will remember: mine" in _screen(world), what="the answer")


def test_a_long_line_is_seen_to_be_taken_though_it_wraps(world: World) -> None:
    text = " ".join(f"word{number}" for number in range(60))

    world.muster("send", "alice", text)
    wait_for(lambda: "word59" in _screen(world).replace("\n", "").partition("remember")[2], what="the answer")


def test_nothing_is_typed_while_somebody_scrolls(world: World) -> None:
    """Keys would move the view, or end it."""
    _tmux(world, "copy-mode", "-t", "=alice:")

    assert "scrolling" in world.muster("send", "alice", "mine", exits=4).err
    assert "mine" not in _screen(world)


def test_nothing_is_typed_to_another_program_in_the_same_terminal(world: World, short_path: Path) -> None:
    """Here the agent is a shell that has given the keys to what it runs; not even --force speaks over it."""
    program = short_path / "agent.sh"
    program.write_text(f'#!/bin/bash\nset -m\n{" ".join(self_spawn())} "$@"\n')
    program.chmod(0o755)
    world.write("_fleet.yaml", f"{FLEET}agents: {{demo: {{executables: [{program}]}}}}\n")
    world.write("bob.yaml", "tier: family\nruntime: tmux\n")
    world.muster("apply")
    wait_for(lambda: _screen(world, "bob").rstrip().endswith(">"), what="bob")

    assert "in front" in world.muster("send", "bob", "mine", "--force", exits=4).err
    assert "mine" not in _screen(world, "bob")


DEAF = """\
import os, tty
tty.setraw(0)
os.write(1, b"> ")
while keys := os.read(0, 4096):
    os.write(1, keys.replace(b"\\r", b""))
"""
"""Shows what is typed and takes no Enter, as some agents do while they are loading."""
DEAFS_FLEET = """\
defaults: {{agent: deaf, model: some}}
agents:
  deaf:
    executables: [{python}]
    models: {{any_id: '[a-z]+'}}
    runtimes: {{tmux: {{argv: [{{add: ["{{executable}}", {program}]}}], input_line: '(?m)^> ?(.*)\\Z'}}}}
"""


def test_a_line_that_is_typed_and_not_taken_is_told_as_such(world: World, short_path: Path) -> None:
    """It stands there, and the command does not say that it was sent."""
    program = short_path / "deaf.py"
    program.write_text(DEAF)
    world.write("_fleet.yaml", DEAFS_FLEET.format(python=sys.executable, program=program))
    world.write("bob.yaml", "runtime: tmux\nmodel: some\nagent: deaf\n")
    world.muster("apply", exits=None)
    wait_for(lambda: _screen(world, "bob").rstrip() == ">", what="bob")

    assert "not taken" in world.muster("send", "bob", "mine", exits=1).err
    assert _screen(world, "bob").rstrip() == "> mine"


def test_a_session_without_a_terminal_cannot_be_attached(world: World) -> None:
    """And the hint tells what can be done with it."""
    world.write("bob.yaml", "runtime: process\n")
    world.muster("apply")

    assert "muster logs bob" in world.muster("attach", "bob", exits=1).err
