"""What others could change under us: small files that are read without trust, and the ways to them."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
"""Non-blocking: a FIFO or a device that was put in the place of a file must not hold us up."""
_NO_FILE: Final = {errno.ENXIO, errno.ELOOP, errno.ENODEV}
"""How the system refuses to open sockets, links that go round and devices that are not there."""
_LINKS: Final = 40
"""As many as Linux follows."""


class Unfit(OSError):
    """What is there is no file that anybody of ours wrote: a FIFO, a device, a link that goes round, or endless."""


def read(path: Path | str, most: int) -> bytes:
    """Return the bytes of a regular file; what is opened is what is asked, so that no swap comes between.

    :raises Unfit: when it is no regular file, or holds more than ``most`` bytes.
    :raises OSError: when it cannot be read.
    """
    try:
        file = os.open(path, _FLAGS)
    except OSError as error:
        raise (Unfit if error.errno in _NO_FILE else OSError)(*error.args, os.fspath(path)) from None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Unfit(errno.EINVAL, "it is not a regular file", os.fspath(path))
        parts, left = list[bytes](), most + 1
        while left and (part := os.read(file, left)):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(file)
    if not left:
        raise Unfit(errno.EFBIG, f"it is larger than {most // 1024} KiB", os.fspath(path))
    return b"".join(parts)


def unsafe(status: os.stat_result, *, parent: bool = False) -> str | None:
    """Tell why a file or directory may not be believed: whoever can write it would run what they like as us.

    Root believes root alone. Another user chooses whose files they follow, and shares their group with whom they like.

    :param parent: a directory above, or a link; in one the sticky bit keeps others from replacing what is not theirs.
    """
    root = os.geteuid() == 0
    if root and status.st_uid != 0:
        return f"it belongs to user {status.st_uid} and this is root"
    writable = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH if root else stat.S_IWOTH)
    if not writable or (parent and (status.st_mode & stat.S_ISVTX or stat.S_ISLNK(status.st_mode))):
        return None
    return "others than root may write it and this is root" if root else "every user may write it"


def unsafe_way(path: Path) -> str | None:
    """Tell why a directory, or what leads to it, may not be believed.

    :raises OSError: when it cannot be asked.
    """
    *above, (place, end) = _way(path, whole=True)
    found = [(one, unsafe(status, parent=True)) for one, status in above]
    return next((f"{one}: {why}" for one, why in [*found, (place, unsafe(end))] if why), None)


def replaceable(path: Path) -> str | None:
    """Tell why others could put something else in the place of what is ours at a path, whether it is there yet or not.

    :raises OSError: when it cannot be asked.
    """
    for one, status in _way(path, whole=False):
        if status.st_uid not in {0, os.geteuid()}:
            return f"{one} belongs to user {status.st_uid}"
        if why := unsafe(status, parent=True):
            return f"{one}: {why}"
    return None


def _way(path: Path, *, whole: bool) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield every directory and link through which a path leads, and its end; not ``whole``: as far as it is there."""
    at, links = Path("/"), 0
    parts = [*reversed(path.absolute().parts[1:])]
    yield at, at.lstat()
    while parts:
        step = at / parts.pop()
        try:
            status = step.lstat()
        except FileNotFoundError:
            if whole:
                raise
            return
        yield step, status
        if not stat.S_ISLNK(status.st_mode):
            at = step
            continue
        links += 1
        if links > _LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(path))
        leads = step.readlink()
        at = Path("/") if leads.is_absolute() else at
        parts += reversed(leads.parts[1:] if leads.is_absolute() else leads.parts)
