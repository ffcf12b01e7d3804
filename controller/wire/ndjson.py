"""Newline-delimited JSON: bytes in whatever pieces to messages, and messages to lines.

What others write is read as mildly as it can be, for a message that is lost may be the end of a turn: bytes that are no
UTF-8 are replaced, and numbers that JSON does not know become null. What is no message at all becomes ``Junk``.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, Final

Message = dict[str, Any]

LIMIT: Final = 64 << 20
"""Bytes of the longest message: an image or a whole file in one; no agent was seen to send a tenth of it."""
DEPTH: Final = 200
"""Containers inside each other. Python reads and writes some 900; whoever passes a message on adds a few of its own."""
_SHOWN: Final = 200
"""Bytes of a line that is no message which are kept, to be shown."""


@dataclass(frozen=True, slots=True)
class Junk:
    """A line that is no message.

    :ivar start: how it begins, for people.
    """

    why: str
    start: str


class Lines:
    """Collects bytes until they are whole lines, and returns the messages in them."""

    def __init__(self, limit: int = LIMIT) -> None:
        """Begin with nothing received; a line of more than ``limit`` bytes is passed over, not kept."""
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[Message | Junk]:
        """Return what has become whole with these bytes, in order; blank lines are nothing."""
        *ended, rest = data.split(b"\n")
        found = [read for piece in ended if (read := self._line(piece)) is not None]
        self._keep(rest)
        return found

    def rest(self) -> Message | Junk | None:
        """Return the line that nobody ended, when no more will come."""
        return self._line(b"")

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if piece:
            self._pieces.append(piece)
        if self._size > self._limit:  # its beginning is enough to show
            del self._pieces[1:]

    def _line(self, piece: bytes) -> Message | Junk | None:
        self._keep(piece)
        size, self._size = self._size, 0
        pieces, self._pieces = self._pieces, []
        if size > self._limit:
            return _junk(f"a line of {size} bytes, over {self._limit}", pieces[0])
        return parse(b"".join(pieces))


def parse(line: bytes) -> Message | Junk | None:
    """Return the message that a line holds; ``None`` for a blank one."""
    text = line.decode(errors="replace").strip()
    if not text:
        return None
    try:
        value = json.loads(text, parse_constant=_unknown, parse_float=_number)
    except (ValueError, RecursionError) as error:
        return _junk(f"no JSON: {error}", line)
    if not isinstance(value, dict):
        return _junk("no JSON object", line)
    if text.count("{") + text.count("[") > DEPTH and _deeper(value, DEPTH):
        return _junk(f"more than {DEPTH} values inside each other", line)
    return value


def line_of(message: Message) -> bytes:
    """Return a message as one line. Pure ASCII: an agent's text may hold halves of characters, which no UTF-8 can."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def _unknown(_: str) -> None:
    """Read NaN and Infinity, which JSON does not know, as nothing."""


def _number(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _deeper(value: Any, levels: int) -> bool:
    """Tell whether more containers are inside each other, without going down by calls."""
    level = [value]
    for _ in range(levels):
        inner = [part for whole in level for part in (whole.values() if isinstance(whole, dict) else whole)]
        level = [part for part in inner if isinstance(part, dict | list)]
        if not level:
            return False
    return True


def _junk(why: str, line: bytes) -> Junk:
    return Junk(why, line[:_SHOWN].decode(errors="replace"))
