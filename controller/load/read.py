"""One file, opened without trust: never a FIFO, a device, another's file, a way out of the tree, or half a write."""

import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from ..model.problem import Code
from ..runtimes.trust import unsafe
from .document import MOST_BYTES, Fault
from .lease import Writer, reading

_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
"""Non-blocking: opening a FIFO or a device must not hang."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one file.

    :ivar digest: of the content, or of what kept it from being read: equal digests are equal looks.
    :ivar content: ``None`` when it could not be read.
    :ivar writer: whether somebody had it open for writing.
    """

    digest: str
    content: bytes | None
    writer: Writer = Writer.UNKNOWN
    fault: Fault | None = None


def digest(content: bytes) -> str:
    """Return the name of a content."""
    return blake2b(content, digest_size=16).hexdigest()


def look(directory: int, name: str, *, link: bool, roots: Sequence[Path], path: Path) -> Look | None:
    """Return what a name in an open directory holds, ``None`` when nothing is there.

    :param path: the directory's path.
    :param link: the name is a symbolic link; it is followed as long as it ends inside ``roots``.
    """
    try:
        fd = os.open(name, _FLAGS | (0 if link else os.O_NOFOLLOW), dir_fd=directory)
    except FileNotFoundError:
        # The name is there and what it means is not: a file that cannot be read, and nobody's wish to stop a session.
        return _failed(Fault(0, 0, Code.NOT_A_FILE, "cannot read the file: its link leads nowhere")) if link else None
    except OSError as error:
        return _failed(_open_fault(error))
    try:
        if link and not _inside(fd, path / name, roots):
            message = "cannot read the file: it is a link that leads out of the directory"
            return _failed(Fault(0, 0, Code.OUTSIDE, message, "put the file itself here"))
        return _read(fd)
    except OSError as error:
        return _failed(_open_fault(error))
    finally:
        os.close(fd)


def _read(fd: int) -> Look:
    before = os.fstat(fd)
    if fault := _unfit(before):
        return _failed(fault)
    with reading(fd) as writer:
        content = _bounded(fd)
    after = os.fstat(fd)
    if _version(before) != _version(after) or len(content) != after.st_size:
        writer = Writer.HELD
    return Look(digest(content), content, writer)


def _bounded(fd: int) -> bytes:
    """Read to the end, or just past what a file may hold."""
    parts, left = [], MOST_BYTES + 1
    while left and (part := os.read(fd, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _version(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _unfit(status: os.stat_result) -> Fault | None:
    if not stat.S_ISREG(status.st_mode):
        return Fault(0, 0, Code.NOT_A_FILE, "cannot read the file: it is not a regular file")
    if status.st_size > MOST_BYTES:
        return Fault(0, 0, Code.TOO_LARGE, f"cannot read the file: it is larger than {MOST_BYTES // 1024} KiB")
    if why := unsafe(status):
        return Fault(0, 0, Code.UNSAFE_OWNER, f"cannot trust the file: {why}", "chown root, chmod go-w")
    return None


def _inside(fd: int, path: Path, roots: Sequence[Path]) -> bool:
    """Tell whether the open file is the one at the end of the link, and stands below a root."""
    target = path.resolve()
    at, opened = target.stat(), os.fstat(fd)
    same = (at.st_dev, at.st_ino) == (opened.st_dev, opened.st_ino)
    return same and any(target.is_relative_to(root) for root in roots)


def _open_fault(error: OSError) -> Fault:
    why = os.strerror(error.errno or 0).lower()
    code = Code.NOT_A_FILE if error.errno in {errno.ENXIO, errno.ELOOP, errno.ENODEV} else Code.UNREADABLE
    return Fault(0, 0, code, f"cannot read the file: {why}")


def _failed(fault: Fault) -> Look:
    return Look(f"!{fault.code}:{fault.message}", None, Writer.UNKNOWN, fault)
