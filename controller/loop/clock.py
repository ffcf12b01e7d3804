"""The present, read from the machine."""

import time
from functools import cache

from ..model.clock import Now
from ..runtimes import identity

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts while a laptop sleeps; where it is missing (macOS) the monotonic clock has to do."""


@cache
def _boot_id() -> str:
    return identity.boot_id()


def asleep() -> float:
    """Return for how many seconds this machine has slept since its start; 0 where the system does not count them."""
    return time.clock_gettime(_STEADY) - time.monotonic()


def present() -> Now:
    """Return the present; the steady clock and the boot it counts from come from the kernel."""
    return Now(wall=time.time(), boot=time.clock_gettime(_STEADY), boot_id=_boot_id())
