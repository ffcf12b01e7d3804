"""The state directory and its files: private, and a damaged one moved aside."""

import os
import stat
from pathlib import Path
from typing import Final

from ..runtimes.trust import replaceable
from .errors import StateUnwritable

_PARTS: Final = ("", "-wal", "-shm")
"""SQLite keeps one state in these files; they are moved together or a new file would meet an old log."""


def private_directory(path: Path) -> None:
    """Make the directory for this user alone, or prove that an existing one is this user's to write.

    The mode of an existing directory is not changed: the path may be a slip, and ``/tmp`` made 0700 breaks a machine.

    :raises StateUnwritable: when it cannot be made, belongs to someone else, or others may write to it.
    """
    try:
        if why := replaceable(path.parent):
            hint = "others could put a state of their own there: set MUSTER_STATE_DIR, or take their rights away"
            raise StateUnwritable(f"cannot use {path} for the state: {why}", hint=hint)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            _check_ours(path)
        else:
            path.chmod(0o700)  # an umask of 0277 would lock us out of our own
    except OSError as error:
        raise StateUnwritable(f"cannot use {path} for the state: {error.strerror}") from error


def _check_ours(path: Path) -> None:
    facts = path.stat()
    if not stat.S_ISDIR(facts.st_mode):
        raise StateUnwritable(f"cannot use {path} for the state: it is not a directory")
    if facts.st_uid != os.geteuid():
        raise StateUnwritable(f"cannot use {path} for the state: it belongs to another user (uid {facts.st_uid})")
    if facts.st_mode & 0o022:
        raise StateUnwritable(f"cannot use {path} for the state: others may write to it", hint=f"chmod 700 {path}")


def private_file(path: Path) -> bool:
    """Make the file 0600 when there is none, and take others' rights from one that is there; tell whether it is new.

    An existing file is never opened here: closing it again would drop SQLite's own locks on it in this process.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if stat.S_IMODE(path.stat().st_mode) & 0o177:
            path.chmod(0o600)
        return False
    return True


def move_aside(path: Path) -> Path:
    """Keep a damaged state under the first free ``<name>.corrupt-<n>``; return that name."""
    number = 1
    while (target := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    for part in _PARTS:
        source = path.with_name(path.name + part)
        if source.exists():
            source.rename(target.with_name(target.name + part))
    sync_directory(path.parent)
    return target


def sync_directory(path: Path) -> None:
    """Make the names of a directory durable."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
