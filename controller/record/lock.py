"""One controller: a kernel lock on the state directory and one on each sessions directory.

The kernel drops them with the process, however it ends; the files stay and mean nothing. The descriptors are closed
on exec, so no session holds them.
"""

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from ..errors import Locked
from .errors import StateUnwritable
from .files import private_directory

_TRIES: Final = 6
_PAUSE: Final = 0.02
"""Seconds. ``is_live`` holds the lock for microseconds, which must not turn a controller away."""


class ControllerLock:
    """The right to act: held from ``take`` to ``release``."""

    def __init__(self, state: Path, sessions: Sequence[Path] = ()) -> None:
        """Name what is locked: a state directory, and the sessions directories that it is about."""
        self._state = state
        self._sessions = sessions
        self._held: list[int] = []

    def take(self) -> None:
        """Take all locks or none.

        :raises Locked: when another controller holds one; the message names it.
        :raises StateUnwritable: when a lock file cannot be made.
        """
        private_directory(self._state)
        wanted = [(_state_lock(self._state), f"the state directory {self._state}")]
        # In one order everywhere, or two controllers could each hold what the other wants.
        wanted += sorted((_sessions_lock(path), f"the sessions directory {path}") for path in self._sessions)
        try:
            for path, what in dict(wanted).items():
                self._held.append(_take(path, what))
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let go. The files stay: unlinking one would let two controllers hold two files of one name."""
        while self._held:
            os.close(self._held.pop())

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_live(state: Path) -> bool:
    """Tell whether a controller holds the state directory now, without keeping others from taking it."""
    try:
        descriptor = os.open(_state_lock(state), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _state_lock(state: Path) -> Path:
    return state / "controller.lock"


def _sessions_lock(directory: Path) -> Path:
    """Return the lock file of a sessions directory: never inside it, and found by whatever path one comes."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(directory))).hexdigest()[:32]
    return _locks_directory() / f"{name}.lock"


def _locks_directory() -> Path:
    """Return this user's directory for locks, the same for every ``--state-dir``.

    Not in the runtime directory: that one is removed when the user's last login ends, while the controller goes on.
    """
    base = Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser())
    preferred = base / "muster-locks"
    try:
        private_directory(preferred)
    except StateUnwritable:  # a service without a home
        preferred = Path(tempfile.gettempdir()) / f"muster-locks-{os.getuid()}"
        private_directory(preferred)
    return preferred


def _take(path: Path, what: str) -> int:
    """Return a descriptor that holds the lock of the file that bears this name now."""
    while True:
        descriptor = _open(path)
        try:
            if not _lock(descriptor):
                holder = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip() or "unknown"
                raise Locked(f"cannot take {what}: another controller holds it (pid {holder})")
            if _is_file(descriptor, path):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)  # for people only
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # somebody removed the file between the opening and the lock


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StateUnwritable(f"cannot lock {path}: {error.strerror}") from error


def _lock(descriptor: int) -> bool:
    for attempt in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < _TRIES:
                time.sleep(_PAUSE)
        else:
            return True
    return False


def _is_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False
