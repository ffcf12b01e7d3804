"""What an agent leaves behind when it dies must not keep its session down."""

import os
import signal
from pathlib import Path

import psutil

from tests.integration.controller_world import PATIENCE, live
from tests.waiting import wait_for

LITTERS = "tier: family\nmodel: midi\nenv: {MUSTER_DEMO_FAULT: forks-helper}\n"
WORD = "my daughter is called Ada"


def test_crashed_session_comes_back_though_its_child_holds_the_run_lock(short_path: Path) -> None:
    """The child inherited the lock; it is proven a part of what ended, so it is ended too and the start goes on."""
    with live(short_path, files={"alice": LITTERS}) as world:
        world.talk("alice", WORD)
        first = world.pid("alice")
        assert first is not None
        left = psutil.Process(first).children()
        os.kill(first, signal.SIGKILL)

        wait_for(lambda: world.pid("alice") not in {None, first}, PATIENCE, "alice to be back")
        world.up("alice", model="midi")

        assert left
        assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in left)
        assert world.recalls("alice", WORD)
