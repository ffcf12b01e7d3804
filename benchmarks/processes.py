"""Read /proc: whose a process is, what it costs; and end only what carries our mark."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import tools

TICKS = os.sysconf("SC_CLK_TCK")
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What some processes have used so far."""

    cpu: float
    pss: int


def is_sleeper(pid: int) -> bool:
    """Whether this pid runs our own compiled sleeper."""
    try:
        return os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)") == str(tools.SLEEPER)
    except OSError:
        return False


def marked(arenas: Path) -> list[int]:
    """All processes that inherited the mark of this arena, or of any arena below this directory."""
    return [pid for pid in _pids() if _is_marked(pid, arenas)]


def ended(pid: int, seconds: float) -> bool:
    """Wait for a child's end without reaping it; `Popen.wait(seconds)` looks only every 50 ms."""
    handle = os.pidfd_open(pid)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def cost(pids: list[int]) -> Cost:
    """CPU seconds (with those of reaped children) and proportional memory of these processes."""
    return Cost(cpu=sum(map(_cpu, pids)), pss=sum(map(_pss, pids)))


def end(process: subprocess.Popen[bytes]) -> None:
    """End a child of ours: close its stdin, SIGTERM, SIGKILL."""
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def sweep(arenas: Path) -> None:
    """SIGKILL what still carries the mark: controllers first, so that nothing is started again.

    Last go the sleepers whose environment a peer had wiped; the program itself is ours alone.
    """
    deadline = time.monotonic() + STOP_SECONDS
    while (left := marked(arenas)) and time.monotonic() < deadline:
        controllers = [pid for pid in left if not is_sleeper(pid)]
        for pid in controllers or left:
            _kill(pid, lambda pid: _is_marked(pid, arenas))
        time.sleep(0.02)
    for pid in filter(is_sleeper, _pids()):
        _kill(pid, is_sleeper)


def _kill(pid: int, ours: Callable[[int], bool]) -> None:
    """SIGKILL through a pidfd, looked at again behind it, so that a reused pid is never hit."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if ours(pid):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def _is_marked(pid: int, arenas: Path) -> bool:
    for word in _text(pid, "environ").split(b"\0"):
        name, _, value = word.partition(b"=")
        if name == b"BENCH_ARENA":
            return Path(os.fsdecode(value)).is_relative_to(arenas)
    return False


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _cpu(pid: int) -> float:
    fields = _text(pid, "stat").rpartition(b")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def _pss(pid: int) -> int:
    for line in _text(pid, "smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _text(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
