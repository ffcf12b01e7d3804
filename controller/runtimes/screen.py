"""What a captured screen says: its text without hints that nobody typed, and what stands in an agent's input line."""

import re
from collections.abc import Iterator
from typing import Final

_STYLE: Final = re.compile(r"\x1b\[([\d;:]*)m")
_BETWEEN: Final = re.compile(r"\s*\n> |[\s│┃\u200b]+")
"""What agents put between the lines of a draft and at their ends: a sign, a frame, a cursor without width."""
_FOLDED: Final = 400
"""Signs of a text from which on an agent may show that something was pasted, in place of the text."""


def typed_text(captured: str) -> str:
    """Return the text of a capture with its styles (``-e``), without faint text: agents write hints and suggestions so.

    The sign under a cursor that the agent draws itself, in reverse, belongs to the faint text that follows it. Ends of
    lines stay: many agents write them in the style of the text before.
    """
    kept: list[str] = []
    before: str | None = None
    for text, faint, reverse in _runs(captured):
        if faint and text:
            if before is not None and not text.startswith("\n"):
                kept.pop()
            kept.append("\n" * text.count("\n"))
            before = None
        elif text:
            kept.append(text)
            before = text if reverse and len(text) == 1 else None
    return "".join(kept)


def _runs(captured: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield each piece of one style; whether it is faint, and whether it is in reverse."""
    faint = reverse = False
    start = 0
    for style in _STYLE.finditer(captured):
        yield captured[start : style.start()], faint, reverse
        start = style.end()
        faint, reverse = _styled(style[1], faint=faint, reverse=reverse)
    yield captured[start:], faint, reverse


def _styled(said: str, *, faint: bool, reverse: bool) -> tuple[bool, bool]:
    words = iter(said.split(";"))
    for word in words:
        match word:
            case "38" | "48" | "58":  # a colour: the numbers behind it are no styles
                for _ in range(1 if next(words, "") == "5" else 3):
                    next(words, "")
            case "" | "0":
                faint = reverse = False
            case "2" | "22":
                faint = word == "2"
            case "7" | "27":
                reverse = word == "7"
    return faint, reverse


def draft(captured: str, line: str) -> str | None:
    """Return what stands in an agent's input line, empty when it is empty; ``None`` when no such line is shown.

    :param line: finds the line; its first group is what was typed. The last one on the screen counts.
    """
    found = list(re.finditer(line, typed_text(captured)))
    return _squeezed(found[-1][1] or "") if found else None


def holds(shown: str | None, text: str) -> bool:
    """Tell whether an input line holds exactly a text that was typed, however it is wrapped, or a fold in its place."""
    return bool(shown) and (shown == _squeezed(text) or len(text) > _FOLDED)


def _squeezed(text: str) -> str:
    return _BETWEEN.sub("", text)
