"""The one loader: bytes to a tree of plain values, the place of each, and all that is wrong with the YAML.

Reading and editing both go through here, so they cannot disagree (loaders differ in corner cases: facts/controllers.md
3.3). It walks ruamel's pure parser event by event: no object is built by a tag, depth ends before recursion does, and
each value's span is known to the character. What is written in the simplest way gives the same events without it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ..model.problem import Code, Mark, Problem, Severity
from .scalars import BOOLEAN_WORDS, plain

MOST_BYTES: Final = 256 * 1024
MOST_DEPTH: Final = 20
MOST_VALUES: Final = 10_000
"""A fleet of thousands of tiers has fewer; more keeps the loader busy for seconds."""
_LONGEST_WORD: Final = 80
"""Characters of the file's own text in a message."""
"""The deepest valid file (a profile in the fleet's overlay) has nine levels."""
MOST_FAULTS: Final = 50
"""Nobody reads more of one file, and the cache need not keep them."""

_HIDDEN_BREAKS: Final = "\x85\u2028\u2029"
"""YAML 1.1 ends a line, and a comment, at these; YAML 1.2 and editors do not: what one sees is not what is read."""


class Place(NamedTuple):
    """Where a value stands. Lines and columns count from 1, ``start`` and ``end`` are characters of the text."""

    line: int
    column: int
    key_line: int
    key_column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem whose file is not said: equal contents have equal faults."""

    line: int
    column: int
    code: Code
    message: str
    hint: str | None = None
    severity: Severity = Severity.ERROR

    def at(self, file: str, session: str | None = None) -> Problem:
        """Return the problem in a file."""
        return Problem(
            mark=Mark(file, self.line, self.column),
            code=self.code,
            message=self.message,
            hint=self.hint,
            severity=self.severity,
            session=session,
        )


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed file.

    :ivar json: what it says, as JSON; an empty mapping when there are faults that leave nothing to read.
    :ivar places: dotted path to place; items of lists by their index. The document itself is the empty path.
    :ivar bare: dotted path to the source text of plain scalars that are no text, or look like a boolean.
    """

    json: bytes
    places: Mapping[str, Place]
    bare: Mapping[str, str]
    faults: tuple[Fault, ...] = ()

    @property
    def tree(self) -> dict[str, Any]:
        """What it says, as plain values; made anew each time."""
        tree: dict[str, Any] = json.loads(self.json)
        return tree

    @property
    def whole(self) -> bool:
        """Whether the end was reached: of half a tree nothing can be said but where it broke."""
        return not any(fault.code in {Code.SYNTAX, Code.TOO_DEEP} for fault in self.faults)


@dataclass(slots=True)
class _Level:
    """A collection that is open."""

    value: Any
    path: str
    place: Place
    key: str | None = None
    key_event: Any = None
    lines: dict[str, int] = field(default_factory=dict)


def decode(content: bytes) -> tuple[str, Fault | None]:
    """Return the text without a byte order mark, or the fault that keeps it from being text."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        line, column = _position(before, len(before))
        return "", Fault(line, column, Code.NOT_UTF8, "cannot read the file: it is not UTF-8", "save it as UTF-8")
    return text.removeprefix("\ufeff"), None


def parse(content: bytes) -> Document:
    """Return what a file's bytes say; never raises for what stands in them."""
    text, fault = decode(content)
    fault = fault or _unfit(text, len(content))
    return Document(b"{}", {}, {}, (fault,)) if fault else _Builder(text).build()


def _unfit(text: str, size: int) -> Fault | None:
    """Tell why a text is not looked into at all."""
    if size > MOST_BYTES:
        return Fault(0, 0, Code.TOO_LARGE, f"cannot read the file: it is larger than {MOST_BYTES // 1024} KiB")
    if not text.strip():
        return Fault(0, 0, Code.HALF_WRITTEN, "cannot read the file: it is empty", "an empty file never means anything")
    for index in (text.find(char) for char in _HIDDEN_BREAKS):
        if index >= 0:
            line, column = _position(text, index)
            shown = f"U+{ord(text[index]):04X}"
            return Fault(line, column, Code.SYNTAX, f"cannot read the file: {shown} ends a line unseen", "remove it")
    return None


def _position(text: str, index: int) -> tuple[int, int]:
    """Return line and column, from 1, of a character."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _storable(text: str) -> bool:
    """Tell whether a text can stand in an argv and in JSON; escapes can write what a file cannot hold."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


class _Builder:
    """Puts the events of one document together."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree: Any = None
        self.places: dict[str, Place] = {}
        self.bare: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.levels: list[_Level] = []

    def build(self) -> Document:
        from . import simple  # its patterns take time to compile, and a cache that is warm needs none of it

        if (found := simple.events(self.text)) is not None:
            self._walk(iter(found))
        else:
            self.parse()
        return self.document()

    def parse(self) -> None:
        """Take in what the parser says."""
        # 40 ms that a warm start does not pay: ruamel is only needed where the cache does not know the content.
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            self._walk(YAML(typ="safe", pure=True).parse(self.text))
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._syntax(mark.line + 1, mark.column + 1, error.problem or error.context)
        except YAMLError as error:  # a character that YAML does not allow
            self._syntax(*_position(self.text, getattr(error, "position", 0)), "a control character stands there")

    def document(self) -> Document:
        """Return what was taken in."""
        if not isinstance(self.tree, dict) and not self.faults:
            first = self.places.get("", Place(1, 1, 1, 1, 0, 0))
            message = "cannot read the file: it is not a mapping of keys to values"
            self._fault(first.line, first.column, Code.NOT_A_MAPPING, message, "write lines such as `model: NAME`")
        tree = self.tree if isinstance(self.tree, dict) else {}
        return Document(json.dumps(tree).encode(), self.places, self.bare, tuple(self.faults))

    def _walk(self, events: Iterator[Any]) -> None:
        documents = 0
        for event in events:
            if self._enough(event):
                return
            match type(event).__name__:
                case "ScalarEvent":
                    self._scalar(event)
                case "MappingStartEvent" | "SequenceStartEvent" as kind:
                    self._open(event, {} if kind == "MappingStartEvent" else [])
                    if len(self.levels) > MOST_DEPTH:
                        self._at(event, Code.TOO_DEEP, f"cannot read the file: more than {MOST_DEPTH} levels")
                        return
                case "MappingEndEvent" | "SequenceEndEvent":
                    self._close(event)
                case "AliasEvent":
                    self._at(event, Code.ALIAS, "cannot follow an alias", "write the value where it is meant")
                    self._place_value(None, event)
                case "DocumentStartEvent":
                    documents += 1
                    self._document(event, documents)
                    if documents > 1:
                        return

    def _enough(self, event: Any) -> bool:
        """Tell whether the rest of the file would say nothing more that is worth its time."""
        if len(self.places) > MOST_VALUES:
            self._at(event, Code.TOO_LARGE, f"cannot read the file: it holds more than {MOST_VALUES:,} values")
            return True
        return len(self.faults) >= MOST_FAULTS

    def _document(self, event: Any, count: int) -> None:
        if count > 1:
            self._at(event, Code.SYNTAX, "cannot read a second document in one file", "one file, one session")
        if event.tags:
            self._at(event, Code.TAG, "cannot read a file with %TAG", "remove the line")
        if event.version not in {None, (1, 2)}:
            self._at(event, Code.SYNTAX, "cannot read another YAML than 1.2", "remove the %YAML line")

    def _scalar(self, event: Any) -> None:
        self._properties(event)
        level = self.levels[-1] if self.levels else None
        if level and isinstance(level.value, dict) and level.key is None:
            self._key(level, event)
            return
        value = event.value if event.style else self._plain(event)
        if event.style == '"' and not _storable(value):
            self._at(
                event, Code.WRONG_VALUE, "cannot take a text with a NUL or half a character in it", "remove the escape"
            )
            value = ""
        self._place_value(value, event)

    def _plain(self, event: Any) -> Any:
        text = event.value
        try:
            value = plain(text)
        except ValueError as error:
            shown = text if len(text) <= _LONGEST_WORD else f"{text[:_LONGEST_WORD]}..."
            self._at(event, Code.WRONG_TYPE, f"cannot read {shown}: it {error}", self._quoted(shown))
            return text
        if not isinstance(value, str) or text.lower() in BOOLEAN_WORDS:
            self.bare[self._path()] = text
        return value

    def _quoted(self, text: str) -> str:
        key = self.levels[-1].key if self.levels else None
        return f'quote it: {key}: "{text}"' if key else f'quote it: "{text}"'

    def _key(self, level: _Level, event: Any) -> None:
        """Take a mapping's key; a wrong one is told and its value is read all the same."""
        key, line = event.value, event.start_mark.line + 1
        if event.style is None and key == "<<":
            self._at(event, Code.ALIAS, "cannot merge mappings", "write the keys where they are meant")
        elif event.style is None and not self._is_text(key):
            message = f"cannot take {key or 'nothing'} as a key: keys are texts"
            self._at(event, Code.WRONG_TYPE, message, f'quote it: "{key}":' if key else None)
        elif not _storable(key):
            key = "?"
            self._at(event, Code.WRONG_TYPE, "cannot take a key with a NUL or half a character in it")
        elif key in level.lines:
            message = f"cannot take {key} twice: it stands on line {level.lines[key]} too"
            self._at(event, Code.DUPLICATE_KEY, message, "keep one of the two")
        level.lines.setdefault(key, line)
        level.key, level.key_event = key, event

    @staticmethod
    def _is_text(key: str) -> bool:
        try:
            return isinstance(plain(key), str)
        except ValueError:
            return False

    def _open(self, event: Any, value: Any) -> None:
        self._properties(event)
        level = self.levels[-1] if self.levels else None
        if level and isinstance(level.value, dict) and level.key is None:
            self._at(event, Code.WRONG_TYPE, "cannot take a list or mapping as a key: keys are texts")
            level.key, level.key_event = f"?{len(level.value)}", event
        path = self._path()
        place = self._place_value(value, event)
        self.levels.append(_Level(value, path, place))

    def _close(self, event: Any) -> None:
        level = self.levels.pop()
        self.places[level.path] = level.place._replace(end=event.end_mark.index)

    def _properties(self, event: Any) -> None:
        if event.anchor:
            self._at(event, Code.ALIAS, f"cannot read the anchor &{event.anchor}", "write the value where it is meant")
        if event.tag:
            self._at(event, Code.TAG, "cannot read a value with a tag", "remove the word that starts with !")

    def _path(self) -> str:
        """Return the dotted path of the value that comes next."""
        if not self.levels:
            return ""
        level = self.levels[-1]
        name = level.key if isinstance(level.value, dict) else str(len(level.value))
        return f"{level.path}.{name}" if level.path else str(name)

    def _place_value(self, value: Any, event: Any) -> Place:
        path, level = self._path(), self.levels[-1] if self.levels else None
        at = event.start_mark
        key = level.key_event.start_mark if level and level.key_event else at
        place = Place(at.line + 1, at.column + 1, key.line + 1, key.column + 1, at.index, event.end_mark.index)
        if level and level.key_event and at.index == event.end_mark.index and value is None:
            # Nothing is said: ruamel gives the place of what comes next, people look for it after the colon; in `{key}`
            # there is none.
            end = level.key_event.end_mark.index
            after = self.text.find(":", end, at.index) + 1 or end
            place = Place(key.line + 1, key.column + 1, key.line + 1, key.column + 1, after, after)
        self.places[path] = place
        if level is None:
            self.tree = value
        elif isinstance(level.value, dict):
            level.value[level.key] = value
            level.key = level.key_event = None
        else:
            level.value.append(value)
        return place

    def _at(self, event: Any, code: Code, message: str, hint: str | None = None) -> None:
        self._fault(event.start_mark.line + 1, event.start_mark.column + 1, code, message, hint)

    def _syntax(self, line: int, column: int, why: str) -> None:
        self._fault(line, column, Code.SYNTAX, f"cannot read the file: {why}")

    def _fault(self, line: int, column: int, code: Code, message: str, hint: str | None = None) -> None:
        self.faults.append(Fault(line, column, code, message, hint))
