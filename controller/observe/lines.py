"""The complete lines that were appended to a file since the last look, however large the file is.

Only what is new is read. What is new and larger than a window is read from its end, because the newest record is what
counts; the part that was passed over stays known, so that it can be searched for a person's turn piece by piece.
"""

from collections.abc import Callable, Sequence
from typing import Final

from .files import Reading

WINDOW: Final = 1024 * 1024
"""Bytes that one look reads of a long file: some milliseconds of parsing."""
LIMIT: Final = 16 * 1024 * 1024
"""The longest line, and the widest window; pasted pictures make lines of some megabytes."""
_GUARD: Final = 64
"""Bytes before the offset that must not have changed; otherwise the file was written anew in its place."""


class Lines:
    """How far one file has been read."""

    def __init__(self) -> None:
        self._offset = 0
        self._guard = b""
        self._inside = False
        """The offset stands inside a line whose beginning is lost."""
        self._passed: tuple[int, int] | None = None
        """The part that was passed over and has not been searched yet."""

    @property
    def searched(self) -> bool:
        """Whether every line has been seen."""
        return self._passed is None

    def rewritten(self, reading: Reading, size: int) -> bool:
        """Tell whether what was read is no longer what stands there."""
        if size < self._offset:
            return True
        return reading.at(self._offset - len(self._guard), self._offset) != self._guard

    def appended(self, reading: Reading, size: int, enough: Callable[[Sequence[bytes]], bool]) -> list[bytes]:
        """Return the complete new lines: all of them, or so many of the newest that it is ``enough``."""
        window = WINDOW
        while True:
            start = max(self._offset, size - window)
            cut = start > self._offset
            lines, first, end = _complete(reading.at(start, size), start, inside=cut or self._inside)
            if not cut or window >= LIMIT or enough(lines):
                break
            window *= 4
        if cut:
            self._pass_over(size if end is None else first)
        if end is not None:
            self._advance(reading, end, inside=False)
        elif cut:
            self._advance(reading, size, inside=True)
        return lines

    def earlier(self, reading: Reading, found: Callable[[bytes], bool]) -> bool:
        """Search the next piece of what was passed over; true when a line is what is looked for."""
        if not self._passed:
            return False
        start, end = self._passed
        size = WINDOW
        while True:
            stop = min(start + size, end)
            lines, _, after = _complete(reading.at(start, stop), start, inside=False)
            if after is not None or stop == end or size >= LIMIT:
                break
            size *= 4
        self._passed = None if stop == end else (stop if after is None else after, end)
        return any(map(found, lines))

    def forget_earlier(self) -> None:
        """Stop searching: what was looked for has been found."""
        self._passed = None

    def _pass_over(self, until: int) -> None:
        start = self._passed[0] if self._passed else self._offset
        self._passed = (start, until)

    def _advance(self, reading: Reading, offset: int, *, inside: bool) -> None:
        self._offset, self._inside = offset, inside
        self._guard = reading.at(max(0, offset - _GUARD), offset)


def _complete(data: bytes, start: int, *, inside: bool) -> tuple[list[bytes], int, int | None]:
    """Return the complete lines of a piece, where the first begins, and where the last ends if any does."""
    last = data.rfind(b"\n") + 1
    if not last:
        return [], start, None
    first = data.find(b"\n") + 1 if inside else 0
    return data[first:last].split(b"\n")[:-1], start + first, start + last
