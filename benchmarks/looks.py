"""What the works over agents share: where a controller's files are, what a minute of it costs, and waiting."""

import time
from collections.abc import Callable
from typing import Any

from benchmarks import processes
from benchmarks.arena import Arena, Broken

PATIENCE = 300.0
MINUTE = 60.0


def places(arena: Arena) -> list[str]:
    """Where a controller of this arena finds its files and keeps its state, as words of its command line."""
    return ["--sessions-dir", str(arena.root / "files"), "--state-dir", str(arena.root / "state")]


def controllers(arena: Arena) -> list[int]:
    """The pids of what was started in an arena."""
    return [process.pid for process in arena.roots]


def pss(arena: Arena) -> int:
    """The controllers' memory, in bytes."""
    return processes.cost(controllers(arena)).pss


def minute(pids: list[int], each_second: Callable[[], None] = lambda: None) -> tuple[float, int]:
    """CPU seconds of some processes in a minute, and their memory in bytes at its end."""
    before, began = processes.cost(pids), time.monotonic()
    while (now := time.monotonic()) < began + MINUTE:
        each_second()
        time.sleep(max(0.0, 1.0 - (time.monotonic() - now)))
    after, ended = processes.cost(pids), time.monotonic()
    return (after.cpu - before.cpu) * MINUTE / (ended - began), after.pss


def wait(seen: Callable[[], Any], what: str) -> Any:
    """Return the first true answer."""
    deadline = time.monotonic() + PATIENCE
    while not (found := seen()):
        if time.monotonic() > deadline:
            raise Broken(f"waited in vain for {what}")
        time.sleep(0.005)
    return found
