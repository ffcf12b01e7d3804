"""The events of a file that is written in the simplest way, found without the YAML parser.

The pure parser takes up to two milliseconds for the smallest file, and before that 40 to be loaded: a thousand files
that change at once would wait for it longer than for anything else. Most session files are lines of ``key: word``,
quoted texts, lists on one line and comments; those are read here, event by event what the parser would say (a property
test holds the two together). Of anything else, a single unusual character included, nothing is read here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

_WORD: Final = r"-*[A-Za-z0-9_~/.+][A-Za-z0-9_~/.+@%=-]*"
_ITEM: Final = rf"""(?:{_WORD}|"[ !\#-\[\]-~]*"|'[ -&(-~]*')"""
_LIST: Final = rf"\[[ ]*(?:{_ITEM}(?:[ ]*,[ ]*{_ITEM})*[ ]*)?\]"
_LINE: Final = re.compile(rf"([a-z][a-z_]{{0,40}}):[ ]+({_ITEM}|{_LIST})(?:[ ]+\#[ -~]*|[ ]*)")
_REMARK: Final = re.compile(r"\#[ -~]*|")
_ITEMS: Final = re.compile(_ITEM)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text, counted from 0."""

    line: int
    column: int
    index: int


class ScalarEvent(NamedTuple):
    """A key or a value; the style is its quote, ``None`` without."""

    value: str
    style: str | None
    start_mark: Spot
    end_mark: Spot
    anchor: None = None
    tag: None = None


class MappingStartEvent(NamedTuple):
    """The one mapping, at its first key."""

    start_mark: Spot
    end_mark: Spot
    anchor: None = None
    tag: None = None


class SequenceStartEvent(NamedTuple):
    """A list's opening bracket."""

    start_mark: Spot
    end_mark: Spot
    anchor: None = None
    tag: None = None


class SequenceEndEvent(NamedTuple):
    """A list's closing bracket."""

    start_mark: Spot
    end_mark: Spot


class MappingEndEvent(NamedTuple):
    """The end of the file."""

    start_mark: Spot
    end_mark: Spot


Event = ScalarEvent | MappingStartEvent | SequenceStartEvent | SequenceEndEvent | MappingEndEvent


def events(text: str) -> list[Event] | None:
    """Return the events of a simple file, named and marked as the parser's; ``None`` for every other file."""
    found: list[Event] = []
    begin = 0
    for number, line in enumerate(text.split("\n")):
        said = _LINE.fullmatch(line)
        if said:
            if not found:
                first = Spot(number, 0, begin)
                found.append(MappingStartEvent(first, first))
            found.append(_scalar(said[1], number, 0, begin))
            found += _value(said[2], number, said.start(2), begin)
        elif not _REMARK.fullmatch(line):
            return None
        begin += len(line) + 1
    end = Spot(text.count("\n"), len(text) - text.rfind("\n") - 1, len(text))
    return [*found, MappingEndEvent(end, end)] if found else None


def _value(source: str, number: int, column: int, begin: int) -> Iterator[Event]:
    if source[0] != "[":
        yield _scalar(source, number, column, begin)
        return
    yield SequenceStartEvent(*_span("[", number, column, begin))
    for item in _ITEMS.finditer(source):
        yield _scalar(item[0], number, column + item.start(), begin)
    yield SequenceEndEvent(*_span("]", number, column + len(source) - 1, begin))


def _scalar(source: str, number: int, column: int, begin: int) -> ScalarEvent:
    span = _span(source, number, column, begin)
    if source[0] in "\"'":
        return ScalarEvent(source[1:-1], source[0], *span)
    return ScalarEvent(source, None, *span)


def _span(source: str, number: int, column: int, begin: int) -> tuple[Spot, Spot]:
    """Return where a piece of a line starts and ends; the line starts at the character ``begin``."""
    after = column + len(source)
    return Spot(number, column, begin + column), Spot(number, after, begin + after)
