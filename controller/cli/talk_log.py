"""A conversation as its keeper wrote it down: its end, and what is added."""

import argparse
import os
import time
from collections import deque
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Final

from ..runtimes.acp import journal
from ..views.conversation import Entry, Telling, json_line
from ..wire.ndjson import Lines
from .console import Console

_LOOK_SECONDS: Final = 0.1


def show(path: Path, args: argparse.Namespace, console: Console) -> int:
    """Print the last lines, of entries with ``--json``, and go on with ``--follow``."""
    telling = Telling(colour=not console.plain, times=True)
    last = 0
    end: deque[str] = deque(maxlen=max(0, args.lines))
    for entry in journal.read(path):
        last = entry["n"]
        _add(end, _told(telling, entry, args))
    console.out.write("".join(end))
    console.out.flush()
    try:
        for later in added(path, last) if args.follow else ():
            console.out.write(_told(telling, later, args))
            console.out.flush()
    except KeyboardInterrupt:
        console.out.write(telling.rest())
        raise
    console.out.write(telling.rest())
    return 0


def _told(telling: Telling, entry: Entry, args: argparse.Namespace) -> str:
    return json_line(entry) + "\n" if args.json else telling.tell(entry)


def _add(end: deque[str], text: str) -> None:
    """Add text to the lines; the last one may still be open."""
    for piece in text.splitlines(keepends=True):
        if end and not end[-1].endswith("\n"):
            end[-1] += piece
        else:
            end.append(piece)


def added(path: Path, since: int) -> Generator[Entry]:
    """Yield what is written after an entry, for as long as the caller wants it."""
    file, lines = _opened(path), Lines()
    try:
        while True:
            for found in lines.feed(file.read()) if file else ():
                if isinstance(found, dict) and found.get("n", 0) > since:
                    since = found["n"]
                    yield found
            if file is None or _put_aside(path, file):
                if file:
                    file.close()
                file, lines = _opened(path), Lines()
                for entry in journal.read(path, since):  # what was written between, to whichever file
                    since = entry["n"]
                    yield entry
            time.sleep(_LOOK_SECONDS)
    finally:
        if file:
            file.close()


def _put_aside(path: Path, file: BinaryIO) -> bool:
    """Tell whether another file stands in its place."""
    try:
        return not os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None
