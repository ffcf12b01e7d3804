"""Other people's files: only regular ones are opened, nothing blocks, and no read is without bound."""

import fcntl
import os
import stat
from typing import Final, NamedTuple, Self

from ..errors import MusterError

DOCUMENT_LIMIT: Final = 4 * 1024 * 1024
"""The largest file that is read as one document."""


class Unreadable(MusterError):
    """A file is there but cannot be read: what it would say is unknown."""


class Stamp(NamedTuple):
    """Equal stamps are an unchanged file."""

    device: int
    inode: int
    size: int
    modified: int
    """Nanoseconds since 1970."""

    @property
    def wall(self) -> float:
        """Wall-clock seconds of the last change."""
        return self.modified / 1e9


def stamp(path: str) -> Stamp | None:
    """Return the stamp of a regular file, ``None`` when nothing is there.

    :raises Unreadable: when something is there that is no regular file, or it may not be looked at.
    """
    try:
        return _stamp(path, os.stat(path))  # noqa: PTH116 - a thousand times a pass; a Path costs more than the stat
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot look at {path!r}: {error}") from error


def _stamp(path: str, found: os.stat_result) -> Stamp:
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable(f"cannot read {path!r}: it is no regular file")
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


class Reading:
    """A file open for reading, with the stamp of what was really opened.

    :raises Unreadable: when it cannot be opened, is no regular file, or vanished.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            # A FIFO must not hold us up until somebody writes to it.
            self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except (OSError, ValueError) as error:
            raise Unreadable(f"cannot read {path!r}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def stamp(self) -> Stamp:
        """Return the stamp of the open file."""
        return _stamp(self._path, os.fstat(self._file))

    def at(self, start: int, end: int) -> bytes:
        """Return the bytes between two offsets; fewer where the file has become shorter."""
        try:
            return os.pread(self._file, max(0, end - start), start)
        except OSError as error:
            raise Unreadable(f"cannot read {self._path!r}: {error}") from error


def locked(path: str) -> bool:
    """Tell whether a process holds a file's lock (flock); one that cannot be asked is taken for held.

    It is taken for an instant, and shared, to find out; where it is not there nobody holds it.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def document(path: str, limit: int = DOCUMENT_LIMIT) -> bytes:
    """Return the whole of a small file.

    :raises Unreadable: when it cannot be read or is larger than the limit.
    """
    with Reading(path) as reading:
        size = reading.stamp().size
        if size > limit:
            raise Unreadable(f"cannot read {path!r}: {size} bytes are more than {limit}")
        return reading.at(0, limit)
