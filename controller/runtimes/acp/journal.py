"""The journal of one session: what was said, one JSON object a line, in a file and the one before it.

Each line is one write, which a kill of the keeper does not undo. It is not synced to the disk: what loses it then, a
power cut, ends the agent's turn as well. A half line is passed over by readers.
"""

import json
import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from .credentials import make_private
from .past import Past
from .says import complain

Entry = dict[str, Any]

LARGE: Final = 4 << 20
"""Bytes after which a file is put aside, for the one before it: some 15,000 pieces of an answer."""
_WHOLE: Final = LARGE // 4
"""Bytes of the longest update that is kept whole; of a longer one only its kind is."""


def before(path: Path) -> Path:
    """Return the file that was put aside."""
    return path.with_name(path.name + ".1")


def read(path: Path, since: int = 0) -> Iterator[Entry]:
    """Yield the entries of a journal after the entry ``since``, the oldest first; none where there is no journal."""
    for entry, _ in lines(path, since):
        yield entry


def lines(path: Path, since: int = 0) -> Generator[tuple[Entry, bytes]]:
    """Yield entries with their lines, without the end of the line."""
    # The newer one first: should it be put aside just now, it is both, and nothing is missed.
    files = [file for file in (_opened(path), _opened(before(path))) if file is not None]
    try:
        if len(files) == 2 and os.path.sameopenfile(files[0].fileno(), files[1].fileno()):
            files.pop().close()
        for file in reversed(files):
            for line in file:
                if (entry := _entry(line)) is not None and entry["n"] > since:
                    since = entry["n"]
                    yield entry, line.rstrip(b"\n")
    finally:
        for file in files:
            file.close()


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _entry(line: bytes) -> Entry | None:
    """Return what a line holds, ``None`` for one that a crash or a full disk left unfinished."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("n"), int) else None


class Journal:
    """Writes a journal, and tells each entry to who listens."""

    def __init__(self, path: Path, tell: Callable[[Entry, bytes], None], now: Callable[[], float] = time.time) -> None:
        """Take up what earlier keepers wrote, into ``past``.

        :param tell: is given each entry and its line, after they are written.
        :raises OSError: when it cannot be read or written.
        :raises MusterError: when its directory is not private.
        """
        make_private(path.parent)
        self._path = path
        self._tell = tell
        self._now = now
        self._gap = b""
        self.past = Past()
        for entry in read(path):
            self.past.take(entry)
        self._open()

    @property
    def last(self) -> int:
        """The number of the last entry, 0 before the first."""
        return self.past.last

    def write(self, kind: str, **words: Any) -> None:
        """Write one entry.

        :raises OSError: when it cannot be kept; then it is told to nobody.
        """
        self.write_all([(kind, words)])

    def note(self, kind: str, **words: Any) -> None:
        """Write one entry that nothing hangs on: where it cannot be kept, the session goes on."""
        try:
            self.write(kind, **words)
        except OSError as error:
            complain(f"cannot keep an entry of the conversation: {error}")

    def write_all(self, said: list[tuple[str, Entry]]) -> None:
        """Write entries that belong together, so that a crash keeps all or none.

        :raises OSError: when they cannot be kept; then they are told to nobody.
        """
        at = round(self._now(), 3)
        entries = [{"n": n, "at": at, "kind": kind, **words} for n, (kind, words) in enumerate(said, self.last + 1)]
        written = [(entry, _line(entry)) for entry in entries]
        self._append(b"".join(line + b"\n" for _, line in written))
        for entry, line in written:
            self.past.take(entry)
            self._tell(entry, line)
        if self._size > LARGE:
            self._put_aside()

    def _append(self, data: bytes) -> None:
        """Write in one go; what was written in part is ended, so that it spoils no later line."""
        written = os.write(self._file, self._gap + data)
        self._size += written
        self._gap = b"" if written == len(self._gap) + len(data) else b"\n"
        if self._gap:
            raise OSError(f"cannot write {self._path}: the disk is full")

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._file).st_size
        self._gap = b"\n" if self._size and os.pread(self._file, 1, self._size - 1) != b"\n" else b""

    def _put_aside(self) -> None:
        """Begin a new file with what the next keeper must know: the files before it may be gone then."""
        with suppress(OSError):  # the old one goes on, and it is tried again with the next entry
            with suppress(FileNotFoundError):  # the last try came so far
                self._path.rename(before(self._path))
            full = self._file
            self._open()
            os.close(full)
            self.write("past", **self.past.to_json())

    def close(self) -> None:
        """Write no more."""
        os.close(self._file)


def _line(entry: Entry) -> bytes:
    line = json.dumps(entry, separators=(",", ":")).encode()
    if entry["kind"] == "update" and len(line) > _WHOLE:
        # Its place in the order stays; the front ends that were there have seen it whole.
        left_out = {"muster": {"left_out": len(line)}}
        entry["update"] = {"sessionUpdate": entry["update"].get("sessionUpdate"), "_meta": left_out}
        return _line(entry)
    return line
