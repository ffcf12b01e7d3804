"""Bounded output: a log that has grown too large is copied aside and cut, while the session goes on writing."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a log before it is cut; with the one copy that is kept, a session holds at most about twice this."""

_TAIL: Final = 4096
_LINES: Final = 3
"""What a person needs of the last words is a line or two."""


def trim_logs(log_dir: Path, largest: int = LARGEST) -> tuple[Path, ...]:
    """Cut the logs that are larger than that, keep their last ``largest`` bytes beside them, and return the logs.

    The session holds the file open for appending, so it goes on at the new end; what it prints in the instant
    between the copy and the cut is lost. Where there is no room for the copy, the cut is what makes room.
    """
    trimmed = []
    for log in sorted(log_dir.glob("*.log")):
        with suppress(FileNotFoundError):
            if (size := log.stat().st_size) > largest:
                with suppress(OSError):
                    _keep_tail(log, size - largest, largest)
                os.truncate(log, 0)
                trimmed.append(log)
    return tuple(trimmed)


def size(log: Path) -> int:
    """Return the bytes of a log; none when there is no log yet."""
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


def last_words(log: Path, begin: int) -> str:
    """Return the last lines of a log from an offset on; empty when nothing was printed since."""
    try:
        with log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(begin if begin <= end else 0, end - _TAIL))
            return tail(file.read(_TAIL).decode(errors="replace"))
    except FileNotFoundError:
        return ""


def tail(text: str) -> str:
    """Return the last few lines that hold something."""
    return "\n".join([line.strip() for line in text.splitlines() if line.strip()][-_LINES:])


def _keep_tail(log: Path, start: int, left: int) -> None:
    """Copy so many bytes of a log from an offset into its ``.1``: its end would never come while a session prints."""
    kept = log.with_name(f"{log.name}.1")
    partial = kept.with_name(f"{kept.name}.tmp")
    partial.touch(mode=0o600)
    try:
        with log.open("rb") as source, partial.open("wb") as target:
            source.seek(start)
            while left > 0 and (chunk := source.read(min(left, 1 << 20))):
                target.write(chunk)
                left -= len(chunk)
        partial.replace(kept)
    finally:
        partial.unlink(missing_ok=True)
