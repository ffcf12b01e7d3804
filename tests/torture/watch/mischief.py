"""What an agent does to those who look after it, as `$TORTURE_MISCHIEF` says, separated by commas; and its ledger.

Loaded into every agent of a campaign before its own first line. Whatever it does, it first writes down what it is, in
`$TORTURE_LEDGER`, so that a campaign finds it again under any name.

    double-fork      the process that was started ends, a child in a session of its own carries on
    leaves-late      the same, once it counts as up
    daemon           a helper in a session of its own, with no name and no environment, which holds what it inherited
    rename           another name, other words on its command line
    wipe             no environment any more
    zombies          children that ended, and that nobody asks for
    dies-late        ends by itself, a moment after it counts as up
    hangs-in-resume  says and does nothing when it is to resume
    begins-anew      begins another conversation when it is to resume, and does not say so
    garbage          prints a megabyte without a line's end, and what terminals take for orders
    fills-disk       prints without end
    another-user     is somebody else's, once it has loaded what only we may read
"""

import ctypes
import json
import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

LATE = 0.8
"""Seconds: after the settle time, which is less than half of it."""
FLOOD = (1 << 18, 0.02)
"""Bytes at once and seconds between: more than a log may hold in less than a second."""
RUDE = b"\0\xff\xfe\x1b]0;pwned\x07\x1b[2J\x1b[?1049h" * 40_000
PR_SET_NAME = 15
NOBODY = 65534


def begin(faults: set[str]) -> None:
    """Write down what this process is, then misbehave, in the order of the table."""
    write_down(sys.orig_argv)
    for fault, act in FAULTS.items():
        if fault in faults:
            act()


def write_down(words: list[str]) -> None:
    """Write this process's entry, whole at once."""
    ticks = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    said = {
        "launched": "MUSTER_NONCE" in os.environ and "TORTURE_STRANGER" not in os.environ,
        "session": os.environ.get("MUSTER_NAME", ""),
        "words": words,
    }
    entry = Path(os.environ["TORTURE_LEDGER"], f"{os.getpid()}-{ticks}.json")
    new = entry.with_suffix(".new")
    new.write_text(json.dumps(said))
    new.replace(entry)


def rest(seconds: float | None = None) -> None:
    threading.Event().wait(seconds)


def begin_anew() -> None:
    """Become the same program on a conversation of its own choice."""
    words = list(sys.orig_argv)
    if "--resume" in words:
        where = words.index("--resume")
        words[where : where + 2] = ["--session-id", str(uuid.uuid4())]
        os.execv(words[0], words)


def fork_away(after: float) -> None:
    if os.fork():
        write_down(["waits"])
        rest(after)
        os._exit(0)
    os.setsid()
    write_down(sys.orig_argv)


def leave_a_daemon() -> None:
    """Start a helper that nothing leads to; only what it has open tells where it came from."""
    if os.fork():
        os.wait()
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    write_down(["daemon"])
    overwrite(48, 49)
    overwrite(50, 51)
    signal.alarm(300)
    rest()


def rename() -> None:
    ctypes.CDLL(None).prctl(PR_SET_NAME, b"a) R 1 (b", 0, 0, 0)
    overwrite(48, 49)


def overwrite(first: int, last: int) -> None:
    """Clear what the system shows of our memory between two addresses, fields of `proc(5)`, as setproctitle does."""
    fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
    begin_, end = int(fields[first - 3]), int(fields[last - 3])
    ctypes.memset(begin_, 0, end - begin_)


def forget_children() -> None:
    for _ in range(3):
        if os.fork() == 0:
            os._exit(0)


def hang() -> None:
    if "--resume" in sys.orig_argv:
        rest()


def beside(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def die() -> None:
    rest(LATE)
    os._exit(7)


def flood() -> None:
    size, pause = FLOOD
    while True:
        os.write(1, b"x" * size)
        rest(pause)


def become_another_user() -> None:
    """Once all is loaded: the interpreter's own directory may be closed to others."""
    rest(LATE)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


FAULTS: dict[str, Callable[[], object]] = {
    "begins-anew": begin_anew,
    "double-fork": lambda: fork_away(0.0),
    "leaves-late": lambda: fork_away(LATE),
    "daemon": leave_a_daemon,
    "rename": rename,
    "wipe": lambda: overwrite(50, 51),
    "zombies": forget_children,
    "hangs-in-resume": hang,
    "garbage": lambda: os.write(1, RUDE),
    "dies-late": lambda: beside(die),
    "fills-disk": lambda: beside(flood),
    "another-user": lambda: beside(become_another_user),
}
