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

import clock  # type: ignore[import-not-found]  # beside this file, which is all that a program's path has
import doom  # type: ignore[import-not-found]

_BOOK = os.environ["TORTURE_SIGNALS"]
_LEDGER = os.environ["TORTURE_LEDGER"]
_GROUND = [f"{name}={os.environ[name]}".encode() for name in ("MUSTER_DEMO_HOME", "MUSTER_STATE_DIR")]
_SOCKET = f"{os.environ['MUSTER_STATE_DIR']}/tmux.sock"
_TOUCHES = {"kill-pane", "kill-session", "kill-server", "kill-window", "respawn-pane", "send-keys", "paste-buffer"}
"""Commands by which a tmux server ends programs, or types into them."""


def _whose(pid: int) -> str:
    """Return ``ours`` for a process that a Muster of this ground launched, or that it runs itself."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        stat = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return "gone"
    if stat[0] == b"Z":
        return "gone"
    wrote = _wrote_down(pid, int(stat[19]))
    marked = all(word in words for word in _GROUND) and any(word.startswith(b"MUSTER_NONCE=") for word in words)
    return "ours" if (marked if wrote is None else wrote) or int(stat[1]) == os.getpid() else "foreign"


def _wrote_down(pid: int, ticks: int) -> bool | None:
    """Tell whether an agent wrote at its start that Muster had launched it: it may hide or forge what it is since."""
    try:
        return bool(json.loads(Path(_LEDGER, f"{pid}-{ticks}.json").read_bytes())["launched"])
    except OSError:
        return None


def _note(pid: int, number: int, how: str) -> None:
    if number == 0:  # only a question
        return
    _write({"by": sys.argv[:3], "pid": pid, "signal": number, "how": how, "whose": _whose(pid)})


def _note_tmux(words: list[str]) -> None:
    """A server of a person's own is touched only where a session was adopted there, which no campaign here does."""
    if Path(words[0]).name == "tmux" and _TOUCHES.intersection(words):
        _write({"by": sys.argv[:3], "how": "tmux", "words": words, "whose": "ours" if _SOCKET in words else "foreign"})


def _write(entry: dict[str, Any]) -> None:
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
    elif event == "subprocess.Popen":
        _note_tmux([os.fsdecode(word) for word in words[1]])


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


clock.begin()
_doom = doom.begin()
sys.addaudithook(_heard)
if hasattr(signal, "pidfd_send_signal"):
    signal.pidfd_send_signal = _watched(signal.pidfd_send_signal)

if "embedded-agent" in sys.orig_argv:
    import mischief  # type: ignore[import-not-found]  # beside this file, which is all that a program's path has

    mischief.begin(set(os.environ.get("TORTURE_MISCHIEF", "").split(",")))
