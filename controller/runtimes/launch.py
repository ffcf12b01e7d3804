"""The last steps before a process becomes the agent: lock, nonce, run file, cgroup, signals, directory, exec.

Runs in a pane (``tmux``), or in the launcher and its child (``process``), by the standard library alone and without the
rest of the package: its start-up is paid for every session. The order is a JSON object with the keys of ``orders.py``.
"""

# pathlib would be a good part of the start-up of every session.
# ruff: noqa: PTH105, PTH108, PTH109, PTH116, PTH118, PTH123
import errno
import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final, NoReturn

from .proc import boot_id, stat_of

TEMPORARY: Final = 75
"""EX_TEMPFAIL of sysexits.h: the lock is held, or another launch has taken this one's place."""
NOT_FOUND: Final = 127
"""What shells say of a command that cannot be found or run."""

_SHORT: Final = frozenset(
    {
        errno.EAGAIN,
        errno.EDQUOT,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EROFS,
    }
)
"""What the system says when the machine, not the order, is at fault: disk, descriptors, processes, memory."""

Order = dict[str, Any]


class Refused(Exception):
    """This launch does not become an agent."""

    def __init__(self, code: int, word: str, reason: str) -> None:
        """Keep the exit code, the word that the controller decides by, and the reason for people."""
        super().__init__(reason)
        self.code = code
        self.word = word
        self.reason = reason


def main(argv: list[str]) -> int:
    """Become the agent that the order file names, keeping the terminal; return only when that fails."""
    with open(argv[0], encoding="utf-8") as file:
        order: Order = json.load(file)
    os.unlink(argv[0])  # secrets do not stay on the disk
    report = open_report(order["report"])
    keep_terminal(order["env"], theirs=order["runtime"] == "pane")
    try:
        try:
            become(order, lambda ticks: tell(report, {"pid": os.getpid(), "ticks": ticks}))
        except OSError as error:
            raise Refused(NOT_FOUND, word_for(error), str(error)) from error
    except Refused as refused:
        tell(report, {"word": refused.word, "reason": refused.reason, "pid": os.getpid()})
        # tmux scrolls by a line to say that the pane is dead; the first line would go out of sight.
        sys.stderr.write(f"\nmuster: cannot start {order['name']}: {refused.reason}\n")
        return refused.code


def word_for(error: OSError) -> str:
    """Return the word that the controller decides by for what the system refused."""
    return "no-room" if error.errno in _SHORT else "failed"


def open_report(fifo: str) -> int:
    """Open the controller's FIFO without waiting: a controller that was killed meanwhile never opens its end again."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # nobody listens; the run file tells the next controller
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


def tell(report: int, message: dict[str, object]) -> None:
    """Write one line for the controller; it may be gone, and the session does not depend on it."""
    try:
        os.write(report, json.dumps(message).encode() + b"\n")
    except OSError:
        return


def keep_terminal(env: dict[str, str], *, theirs: bool) -> None:
    """Let the pane say which terminal it is; our own server is no business of the agent, its person's is."""
    for name in ("TMUX", "TMUX_PANE"):
        env.pop(name, None)
        if theirs and name in os.environ:
            env[name] = os.environ[name]
    if "TERM" in os.environ:
        env["TERM"] = os.environ["TERM"]


def become(order: Order, registered: Callable[[int], None]) -> NoReturn:
    """Take every step and exec; a file descriptor that is closed by exec tells the controller that it went well.

    :raises Refused: when a step fails; the caller ends the process.
    """
    lock = admit(order)
    registered(register(order, os.getpid()))
    settle_in(order, lock, changed_signals())
    execute(order["argv"], order["env"])


def admit(order: Order) -> int:
    """Return the run lock, taken for a launch that is still wanted.

    :raises Refused: when the lock is held, or another launch has taken this one's place.
    """
    lock = take_lock(run_path(order, "lock"), order["name"])
    try:
        check_nonce(order)
    except BaseException:
        os.close(lock)
        raise
    return lock


def settle_in(order: Order, lock: int, signals: Iterable[int]) -> None:
    """Make this process what the program is to find, the lock included: it lives as long as the process."""
    enter(order["cwd"], order["place"])
    os.umask(order["umask"])
    os.set_inheritable(lock, True)
    reset_signals(signals)


def run_path(order: Order, kind: str) -> str:
    """Return one of the session's files in the run directory."""
    return os.path.join(order["run_dir"], f"{order['name']}.{kind}")


def take_lock(path: str, name: str) -> int:
    """Take the run lock without waiting; the file is looked at again, for it may have been removed meanwhile."""
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)  # the launcher lives on, and would hold it open
            reason = f"the run lock of {name} is held: its process, or one that it started, lives"
            raise Refused(TEMPORARY, "held", reason) from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), os.stat(path)):
                return lock
        os.close(lock)


def check_nonce(order: Order) -> None:
    """Refuse when the controller has since ordered another launch, or a stop."""
    try:
        with open(run_path(order, "nonce"), "rb") as file:
            current = file.read()
    except FileNotFoundError:
        current = b""
    if current != order["nonce"].encode():
        raise Refused(TEMPORARY, "stale", "this launch is no longer wanted: another one, or a stop, came after it")


def register(order: Order, pid: int) -> int:
    """Write the run file of a process, put it into its cgroup and return its start ticks.

    The file is not synced to the disk: what loses it, a power cut, ends the process as well.
    """
    own = stat_of(pid)
    ticks = own.ticks if own else 0
    said = {key: order[key] for key in ("name", "nonce", "runtime", "agent", "asked_model", "conversation", "cwd")}
    replace(run_path(order, "json"), json.dumps(said | {"pid": pid, "ticks": ticks, "boot_id": boot_id()}))
    join_cgroup(order["cgroup"], pid)
    return ticks


def replace(path: str, text: str) -> None:
    """Put a small private file in place as a whole."""
    beside, data = f"{path}.tmp", text.encode()
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        if os.write(file, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    finally:
        os.close(file)
    os.replace(beside, path)


def join_cgroup(directory: str | None, pid: int) -> None:
    """Move a process into the session's cgroup, so that every descendant can be found again."""
    if directory is None:
        return
    try:
        with open(os.path.join(directory, "cgroup.procs"), "w") as file:
            file.write(str(pid))
    except OSError as error:
        raise Refused(NOT_FOUND, word_for(error), f"cannot join {directory}: {error.strerror}") from error


def enter(directory: str, place: str | None) -> None:
    """Go where the session runs, and prove that it is there: who swaps a directory is too early or too late."""
    try:
        os.chdir(directory)
        there = os.getcwd()
    except OSError as error:
        raise Refused(NOT_FOUND, "failed", f"cannot enter {directory}: {error.strerror}") from error
    if place not in {None, there}:
        raise Refused(NOT_FOUND, "failed", f"cannot enter {directory}: it leads elsewhere than to {place} by now")


def changed_signals() -> list[int]:
    """Return the signals that do not have their default effect here."""
    numbers = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_DFL]


def reset_signals(numbers: Iterable[int]) -> None:
    """Give these signals their default back: ignored ones and the mask would be inherited over exec."""
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def execute(argv: list[str], env: dict[str, str]) -> NoReturn:
    """Become the program; the PATH that counts is the session's own."""
    try:
        os.execvpe(argv[0], argv, env)  # noqa: S606 - argv is a list, never a shell line
    except FileNotFoundError as error:
        raise Refused(NOT_FOUND, "not-found", f"{argv[0]} is not installed or not on the session's PATH") from error
    except (OSError, ValueError) as error:
        word = word_for(error) if isinstance(error, OSError) else "failed"
        raise Refused(NOT_FOUND, word, f"cannot run {argv[0]}: {error}") from error
