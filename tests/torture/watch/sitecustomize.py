"""Note every signal that a Python process of a campaign sends, before it is sent, with whose the target is then.

Python loads this at its start, from ``PYTHONPATH``. It only watches: an audit hook for what Python reports itself, and
``pidfd_send_signal``, which Python does not report.
"""

import functools
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import doom  # type: ignore[import-not-found]  # beside this file, which is all that a program's path has

_BOOK = os.environ["TORTURE_SIGNALS"]
_LEDGER = os.environ["TORTURE_LEDGER"]
_GROUND = f"MUSTER_DEMO_HOME={os.environ['MUSTER_DEMO_HOME']}".encode()


def _whose(pid: int) -> str:
    """Return ``ours`` for a process that a Muster of this ground launched, or that it runs itself."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        stat = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return "gone"
    if stat[0] == b"Z":
        return "gone"
    launched = _GROUND in words and any(word.startswith(b"MUSTER_NONCE=") for word in words)
    return "ours" if launched or _wrote_down(pid, int(stat[19])) or int(stat[1]) == os.getpid() else "foreign"


def _wrote_down(pid: int, ticks: int) -> bool:
    """Tell whether a process that hides what it is wrote at its start that Muster had launched it."""
    try:
        return bool(json.loads(Path(_LEDGER, f"{pid}-{ticks}.json").read_bytes())["launched"])
    except OSError:
        return False


def _note(pid: int, number: int, how: str) -> None:
    if number == 0:  # only a question
        return
    entry = {"by": sys.argv[:3], "pid": pid, "signal": number, "how": how, "whose": _whose(pid)}
    book = os.open(_BOOK, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(book, f"{json.dumps(entry)}\n".encode())
    finally:
        os.close(book)


def _members(group: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ProcessLookupError):
            if entry.name.isdigit() and os.getpgid(int(entry.name)) == group:
                found.append(int(entry.name))
    return found


def _heard(event: str, words: tuple[Any, ...]) -> None:
    if event == "os.kill":
        _note(int(words[0]), int(words[1]), event)
    elif event == "os.killpg":
        for pid in _members(int(words[0])):
            _note(pid, int(words[1]), event)


def _pid_of(pidfd: int) -> int:
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Pid:")), -1)


def _watched(send: Any) -> Any:
    @functools.wraps(send)
    def watched(pidfd: int, number: int, *more: Any) -> None:
        if (pid := _pid_of(pidfd)) > 0:
            _note(pid, int(number), "pidfd")
        if _doom is not None:
            _doom.step()
        send(pidfd, number, *more)

    return watched


_doom = doom.begin()
sys.addaudithook(_heard)
if hasattr(signal, "pidfd_send_signal"):
    signal.pidfd_send_signal = _watched(signal.pidfd_send_signal)

if "embedded-agent" in sys.orig_argv:
    import mischief  # type: ignore[import-not-found]  # beside this file, which is all that a program's path has

    mischief.begin(set(os.environ.get("TORTURE_MISCHIEF", "").split(",")))
