"""Numbers of processes that come again: a program of somebody's own under a pid that another one had."""

import subprocess
from pathlib import Path
from typing import Final

LAST_PID: Final = Path("/proc/sys/kernel/ns_last_pid")
TRIES: Final = 500


def take_pid(wanted: int, seconds: float) -> "subprocess.Popen[bytes] | None":
    """Start a process under a pid; others fork too, so it takes some tries, and may not succeed."""
    for _ in range(TRIES):
        LAST_PID.write_text(str(wanted - 1))
        process = subprocess.Popen(["/bin/sleep", "900"])
        if process.pid == wanted:
            return process
        process.kill()
        process.wait(seconds)
    return None
