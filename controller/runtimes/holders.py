"""Who still holds a run lock when nothing that is known of a session lives: for people, who alone can judge what it is.

A held lock is no proof of whose a process is (design 3.3): what is named here is told, never signalled.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from .proc import all_pids


async def named(run_dir: Path, name: str) -> str:
    """Return the holders of a session's run lock as the end of a sentence; empty when none can be seen."""
    pids = await asyncio.to_thread(holders, run_dir / f"{name}.lock")
    return f": process {', '.join(map(str, pids))}" if pids else ""


def holders(lock: Path) -> tuple[int, ...]:
    """Return every process that has a file open, as far as the system shows it to us. Blocking, some milliseconds."""
    path = os.path.realpath(lock)
    return tuple(sorted(pid for pid in all_pids() if pid != os.getpid() and _has_open(pid, path)))


def _has_open(pid: int, path: str) -> bool:
    if sys.platform != "linux":
        return False
    with suppress(OSError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if os.readlink(file) == path:
                    return True
    return False
