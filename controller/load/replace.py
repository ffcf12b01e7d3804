"""Files that commands write: whole or not at all, with the mode and owner they had, and never over another's edit."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ..errors import MusterError
from ..runtimes.trust import read
from .document import MOST_BYTES
from .git import find
from .splice import EditRefused

_MODE: Final = 0o644
"""Of new files: session files hold no secrets, and root does not believe what others may write."""


def read_text(path: Path) -> str:
    """Return a file's text with its line ends and byte order mark; empty when there is none yet.

    :raises MusterError: when it cannot be read.
    """
    try:
        return read(path, MOST_BYTES).decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise MusterError(f"cannot read {path}: {_why(error)}") from None


def replace_file(path: Path, old: str, new: str) -> None:
    """Put a new text in place of the one that was read; a link stays, and its target is replaced.

    A file that was not there (``old`` is empty) is created.

    :raises EditRefused: when the file says something else than ``old`` by now, or a link leads out of the directory.
    :raises MusterError: when it cannot be written.
    """
    if not old and not path.is_symlink() and not path.exists():
        create_file(path, new)
        return
    target = _target(path)
    try:
        with _locked(target.parent):
            status = target.stat()
            temporary = _written(target, new, status.st_mode & 0o7777, (status.st_uid, status.st_gid))
            try:
                if read(target, MOST_BYTES) != old.encode():
                    raise EditRefused(
                        f"cannot write {path}: it was changed in the meantime", hint="look again, then repeat"
                    )
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
            _sync(target.parent)
    except OSError as error:
        raise MusterError(f"cannot write {path}: {_why(error)}") from None


def create_file(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    :raises EditRefused: when something of that name is there.
    :raises MusterError: when it cannot be written.
    """
    try:
        with _locked(path.parent):
            temporary = _written(path, text, _MODE, None)
            try:
                os.link(temporary, path)  # fails where a rename would replace
            finally:
                temporary.unlink(missing_ok=True)
            _sync(path.parent)
    except FileExistsError:
        raise EditRefused(f"cannot create {path}: it is there already") from None
    except OSError as error:
        raise MusterError(f"cannot write {path}: {_why(error)}") from None


def patch_text(path: Path, old: str, new: str) -> str:
    """Return the change as a patch that ``git apply`` takes in the repository of the file."""
    from difflib import unified_diff  # only for directories that others manage

    repository = find(path.parent)
    shown = path.resolve().relative_to(repository.root).as_posix() if repository else path.name
    before, after = (text.removesuffix("\n").split("\n") if text else [] for text in (old, new))
    lines = list(unified_diff(_ended(before, old), _ended(after, new), f"a/{shown}", f"b/{shown}", lineterm=""))
    return "".join(f"{line}\n" for line in lines)


_UNENDED: Final = "\n\\ No newline at end of file"


def _ended(lines: list[str], text: str) -> list[str]:
    """Mark the last line of a text that does not end in a newline as diff does."""
    return lines if text.endswith("\n") or not lines else [*lines[:-1], lines[-1] + _UNENDED]


def _target(path: Path) -> Path:
    """Return the file at the end of a link, when it stands in the directory or its repository."""
    target, directory = path.resolve(), path.parent.resolve()
    repository = find(directory)
    roots = (directory, repository.root) if repository else (directory,)
    if not any(target.is_relative_to(root) for root in roots):
        raise EditRefused(f"cannot write {path}: it is a link that leads to {target}", hint="change it there")
    return target


def _written(beside: Path, text: str, mode: int, owner: tuple[int, int] | None) -> Path:
    """Write a text durably into a new file whose name never counts as a session.

    The directory is locked: what is there under this name was left by a command that was killed.
    """
    temporary = beside.with_name(f".{beside.name}.muster")
    temporary.unlink(missing_ok=True)
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(text.encode())
            file.flush()
            if owner is not None and owner != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), *owner)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Let one command at a time write there; editors are told apart by comparison."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _sync(directory: Path) -> None:
    """Make a new name durable, where the file system can."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            os.fsync(fd)
    finally:
        os.close(fd)


def _why(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is not UTF-8"
