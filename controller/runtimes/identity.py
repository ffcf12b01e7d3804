"""Which process is meant, and signals that reach it or nobody (design 3.3, law 4)."""

import asyncio
import os
import signal
import sys
from typing import Final

from ..model.clock import Now
from ..model.observed import ProcessIdentity
from .proc import ENDED, boot_id, stat_of

__all__ = ["alive", "boot_id", "gone", "identify", "open_verified", "send", "ticks_of"]

_PIDFD: Final = sys.platform == "linux" and hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")
_TICKS: Final = os.sysconf("SC_CLK_TCK") if sys.platform == "linux" else 0
"""Ticks a second in an identity."""
_FIRST_PAUSE: Final = 0.001
_LONGEST_PAUSE: Final = 0.05
"""Seconds between two looks where there is no pidfd: from not felt to not costing."""


def ticks_of(pid: int) -> int | None:
    """Return when the process under a pid started, ``None`` when there is none or it has ended."""
    stat = stat_of(pid)
    return stat.ticks if stat is not None and stat.state not in ENDED else None


def identify(pid: int, nonce: str = "") -> ProcessIdentity | None:
    """Return the identity of the living process under a pid."""
    ticks = ticks_of(pid)
    return None if ticks is None else ProcessIdentity(boot_id=boot_id(), pid=pid, ticks=ticks, nonce=nonce)


def born(identity: ProcessIdentity, now: Now) -> float:
    """Return the wall-clock seconds of a start since this boot; 0 where ticks count from another beginning."""
    return now.wall - now.boot + identity.ticks / _TICKS if _TICKS else 0.0


def alive(identity: ProcessIdentity) -> bool:
    """Tell whether exactly this process lives; a zombie is gone.

    :raises OSError: when the system does not answer; that is not absence.
    """
    return identity.boot_id == boot_id() and ticks_of(identity.pid) == identity.ticks


def open_verified(identity: ProcessIdentity) -> int | None:
    """Return a pidfd of exactly this process, ``None`` when it is gone or the system has no pidfds.

    The identity is read again after the pidfd is open: from then on the number cannot come to mean another process.
    """
    if sys.platform != "linux" or not _PIDFD:
        return None
    try:
        pidfd = os.pidfd_open(identity.pid)
    except (ProcessLookupError, ValueError):
        return None
    except OSError:
        if alive(identity):
            raise
        return None
    if alive(identity):
        return pidfd
    os.close(pidfd)
    return None


def send(identity: ProcessIdentity, number: signal.Signals) -> bool:
    """Signal exactly this process; false when it is gone or may not be signalled by us."""
    try:
        return _send_by_pidfd(identity, number) if _PIDFD else _send_by_number(identity, number)
    except (ProcessLookupError, PermissionError):
        return False


def _send_by_pidfd(identity: ProcessIdentity, number: signal.Signals) -> bool:
    pidfd = open_verified(identity)
    if pidfd is None:
        return False
    try:
        if sys.platform == "linux":
            signal.pidfd_send_signal(pidfd, number)
        return True
    finally:
        os.close(pidfd)


def _send_by_number(identity: ProcessIdentity, number: signal.Signals) -> bool:
    """Look, then signal; the instant between them stays where the system has nothing better."""
    if not alive(identity):
        return False
    os.kill(identity.pid, number)
    return True


async def gone(identity: ProcessIdentity, within: float) -> bool:
    """Wait until a process is proven gone; false when it still lives after ``within`` seconds."""
    pidfd = open_verified(identity)
    try:
        async with asyncio.timeout(within):
            if pidfd is not None:
                await _readable(pidfd)
            pause = _FIRST_PAUSE
            while alive(identity):
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
    except TimeoutError:
        return not alive(identity)
    finally:
        if pidfd is not None:
            os.close(pidfd)
    return True


async def _readable(pidfd: int) -> None:
    """Wait for the end that a pidfd reports by becoming readable."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(pidfd, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(pidfd)
