"""Another clock for every program of a campaign: `$TORTURE_CLOCK` holds the seconds by which it is wrong.

Two numbers: what is added to the wall clock, and what to the clock that counts while a machine sleeps. The system's own
clocks stay as they are. The embedded agent's time stamps are on the same clock as the controller's.
"""

import datetime as dt
import os
import sys
import time
from pathlib import Path
from typing import Any

_FILE = Path(os.environ["TORTURE_CLOCK"]) if "TORTURE_CLOCK" in os.environ else None
_NANO = 1_000_000_000


def _wrong(which: int) -> float:
    try:
        return float(_FILE.read_text().split()[which]) if _FILE else 0.0
    except (OSError, ValueError, IndexError):
        return 0.0


class _Moment(dt.datetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.fromtimestamp(time.time(), tz)


def begin() -> None:
    """Put the wrong clock in place of the right one."""
    wall, wall_ns, steady = time.time, time.time_ns, time.clock_gettime
    time.time = lambda: wall() + _wrong(0)
    time.time_ns = lambda: wall_ns() + int(_wrong(0) * _NANO)
    time.clock_gettime = lambda which: steady(which) + (_wrong(1) if which == time.CLOCK_BOOTTIME else 0.0)
    if "embedded-agent" in sys.orig_argv and "--acp" not in sys.orig_argv:
        vars(dt)["datetime"] = _Moment
