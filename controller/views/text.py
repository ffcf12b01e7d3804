"""Lines that people read: columns, colours, and nothing that a terminal would obey."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum


class Colour(StrEnum):
    """What a colour says, by its SGR code."""

    GOOD = "32"
    CAREFUL = "33"
    BAD = "31"
    QUIET = "2"
    STRONG = "1"


def safe(text: str) -> str:
    """Return a text that moves no cursor: names, titles and errors come from files and from other programs."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char in "\t\n\r" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def painted(text: str, colour: Colour, *, wanted: bool) -> str:
    """Return the text in a colour, where colours are wanted."""
    return f"\x1b[{colour}m{text}\x1b[0m" if wanted and text else text


def table(rows: Iterable[Sequence[str]], *, gap: str = "  ") -> list[str]:
    """Return aligned lines; the last column is left as long as it is."""
    cells = [[safe(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return [gap.join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def moment(wall: float | None) -> str | None:
    """Return wall-clock seconds as ISO 8601 in UTC; ``None`` for what is not known."""
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if wall else None


def duration(seconds: float) -> str:
    """Return seconds as people say them: 12 s, 5 min, 3 h, 2 d."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(1 for char in text if unicodedata.combining(char))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
