"""Lines that people read: columns, colours, and nothing that a terminal would obey."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final


class Colour(StrEnum):
    """What a colour says, by its SGR code."""

    GOOD = "32"
    CAREFUL = "33"
    BAD = "31"
    QUIET = "2"
    STRONG = "1"


_JOINERS: Final = frozenset("\n\t\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
"""They move no cursor where text may have lines; without the joiners, emoji and Persian words fall apart."""
_LAST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
"""Agents write times of their own, and there are none after this one."""
_PAINT: Final = re.compile(f"(\x1b\\[(?:0|{'|'.join(Colour)})m)")
"""What `painted` writes."""


def safe(text: str) -> str:
    """Return a text that moves no cursor: names, titles and errors come from files and from other programs."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char in "\t\n\r" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def prose(text: str) -> str:
    """Return a text of several lines that moves no cursor otherwise: agents may repeat anything that they read."""
    if text.isprintable():
        return text
    lines = text.replace("\r\n", "\n")
    return "".join(c if c.isprintable() or c in _JOINERS else "\N{REPLACEMENT CHARACTER}" for c in lines)


def shown(text: str) -> str:
    """Return what goes to people, whatever was forgotten before: nothing but our own colours is obeyed."""
    return "".join(part if number % 2 else prose(part) for number, part in enumerate(_PAINT.split(text)))


def document(value: Any, indent: int | None = None) -> str:
    """Return JSON in which all that a terminal would obey, or not show, is escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


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
    return datetime.fromtimestamp(min(wall, _LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if wall else None


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
