"""One value in, out or changed, and not a byte elsewhere: spans from the loader, text cut and joined, result proven.

``YAML.dump`` is not used on a person's file: it loses comments, quotes and line ends (facts/controllers.md 3.3).
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..errors import MusterError
from .document import Document, Place, parse
from .scalars import BOOLEAN_WORDS, plain

_BARE: Final = re.compile(r"[A-Za-z/~][A-Za-z0-9._/@+~-]*")
"""What every YAML reader takes for the same text, in block and in flow; all else is quoted."""
_BLOCK_SCALARS: Final = ("|", ">")

Path = Sequence[str]
Value = str | bool | list[Any] | dict[str, Any]
"""A word, or a tree of words, which is written on one line."""


class EditRefused(MusterError):
    """A change that cannot be proven to change nothing else; the hint shows what to write by hand."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A file's text and what the loader made of it; the byte order mark stands apart."""

    mark: str
    body: str
    document: Document

    @property
    def newline(self) -> str:
        return "\r\n" if "\r\n" in self.body else "\n"

    def source(self, place: Place) -> str:
        return self.body[place.start : place.end]


def set_value(text: str, path: Path, value: Value) -> str:
    """Return the text with a value at a path: in place of the one there, else as a new key.

    :raises EditRefused: when the text is not valid, or the change cannot be made by a splice.
    """
    old = _parsed(text, path, by_hand := _by_hand(path, value))
    there = _find(old.document.tree, path)
    if there is not None and there == value and type(there) is type(value):
        return text
    at, end, put = _change(old, path, value) if there is not None else _addition(old, path, value, by_hand)
    new = old.body[:at] + put + old.body[end:]
    return old.mark + _proven(new, _with(old.document.tree, path, value), by_hand)


def remove_key(text: str, path: Path) -> str:
    """Return the text without a key and its value; a mapping that would be left empty goes with it.

    A file's last key leaves ``{}``: a file that says nothing at all could be one that is being written.

    :raises EditRefused: when the key is not there, or cannot be cut out.
    """
    old = _parsed(text, path, by_hand := f"remove {'.'.join(path)}")
    tree = old.document.tree
    if path[-1] not in (_find(tree, path[:-1]) or {}):
        raise EditRefused(f"cannot remove {'.'.join(path)}: the file does not say it")
    alone = len(_find(tree, path[:-1])) == 1
    if alone and len(path) > 1:
        return remove_key(text, path[:-1])
    place = old.document.places[".".join(path)]
    flow = _is_flow(old, old.document.places[".".join(path[:-1])])
    at, end = _flow_cut(old, place) if flow else _line_cut(old, place, by_hand)
    rest = "{}" + old.newline if alone and not flow else ""
    before = old.body[:at] + (old.newline if rest and at and old.body[at - 1] != "\n" else "")
    return old.mark + _proven(before + rest + old.body[end:], _with(tree, path, None), by_hand)


def _parsed(text: str, path: Path, by_hand: str) -> _Text:
    body = text.removeprefix("\ufeff")
    document = parse(body.encode())
    if _says_nothing(body):
        document = Document(b"{}", {"": Place(1, 1, 1, 1, len(body), len(body))}, {})
    if document.faults:
        fault = document.faults[0]
        why = f"line {fault.line}, column {fault.column}: {fault.message}"
        raise EditRefused(f"cannot change {'.'.join(path)}: {why}", hint=f"mend the file first, then {by_hand}")
    return _Text(text[: len(text) - len(body)], body, document)


def _says_nothing(body: str) -> bool:
    """Tell whether a text is comments and blank lines only: a first key may be added to it."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in body.splitlines())


def _find(tree: Any, path: Path) -> Any:
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _change(old: _Text, path: Path, value: Value) -> tuple[int, int, str]:
    """Return the cut for a value that stands there."""
    place = old.document.places[".".join(path)]
    source = old.source(place)
    if isinstance(_find(old.document.tree, path), dict | list) or source.startswith(_BLOCK_SCALARS):
        raise EditRefused(
            f"cannot change {'.'.join(path)}: more than one word stands there", hint=_by_hand(path, value)
        )
    return place.start, place.end, _rendered(value, source[:1])


def _addition(old: _Text, path: Path, value: Value, by_hand: str) -> tuple[int, int, str]:
    """Return the cut for a key that is not there: in the deepest mapping on its way."""
    depth = len(path) - 1
    while not isinstance(_find(old.document.tree, path[:depth]), dict):
        depth -= 1
    above, missing = path[:depth], path[depth:]
    dotted = ".".join((*above, missing[0]))
    if (place := old.document.places.get(dotted)) is not None:  # the key is there and says nothing, or one word
        if place.start != place.end:
            raise EditRefused(f"cannot add {'.'.join(path)}: {dotted} is no mapping", hint=by_hand)
        return place.start, place.end, f" {_nested(missing[1:], value)}"
    entry = f"{_key(missing[0])}: {_nested(missing[1:], value)}"
    parent = old.document.places[".".join(above)]
    if _is_flow(old, parent):
        return _flow_addition(old, parent, list(_find(old.document.tree, above)), above, entry)
    return _block_addition(old, above, entry)


def _flow_addition(old: _Text, parent: Place, keys: list[str], above: Path, entry: str) -> tuple[int, int, str]:
    if not keys:
        return parent.start + 1, parent.start + 1, entry
    last = old.document.places[".".join((*above, keys[-1]))]
    return last.end, last.end, f", {entry}"


def _block_addition(old: _Text, above: Path, entry: str) -> tuple[int, int, str]:
    """Add a line after the last value of a block mapping, indented as its keys are."""
    inside = ".".join((*above, "")) if above else ""
    places = old.document.places
    ends = [p.end for path, p in places.items() if path.startswith(inside) and path and not _is_block(old, path, p)]
    first = min((p.key_column for path, p in places.items() if path.startswith(inside) and path), default=1)
    end = max(ends, default=len(old.body))
    after = old.body.find("\n", end - 1 if end and old.body[end - 1 : end] == "\n" else end)
    line = f"{' ' * (first - 1)}{entry}"
    while after >= 0 and (comment := re.compile(r"( *)#.*").match(old.body, after + 1)) and len(comment[1]) >= first:
        after = old.body.find("\n", comment.end())  # a deeper comment belongs to what stands above it
    if after < 0:  # no newline at the end of the file, and there shall be none
        return len(old.body), len(old.body), f"{old.newline}{line}" if old.body else f"{line}\n"
    return after + 1, after + 1, f"{line}{old.newline}"


def _is_flow(old: _Text, place: Place) -> bool:
    return old.body[place.start : place.start + 1] in {"{", "["}


def _is_block(old: _Text, path: str, place: Place) -> bool:
    """Tell whether a value is a collection in block style: its end is only known as the start of what follows."""
    inner = any(other.startswith(f"{path}.") for other in old.document.places)
    return inner and not _is_flow(old, place)


def _flow_cut(old: _Text, place: Place) -> tuple[int, int]:
    """Return the span of a key in a flow mapping, with one of the commas around it."""
    start = _key_start(old, place)
    after = re.compile(r"\s*,[ \t]*").match(old.body, place.end)
    if after:
        return start, after.end()
    before = re.compile(r",\s*$").search(old.body, 0, start)
    return (before.start() if before else start), place.end


def _line_cut(old: _Text, place: Place, by_hand: str) -> tuple[int, int]:
    """Return the lines of a key in a block mapping, with the comment behind its value."""
    start = _key_start(old, place)
    line = old.body.rfind("\n", 0, start) + 1
    if old.body[line:start].strip():
        raise EditRefused(f"cannot {by_hand}: something else stands on its line", hint=f"{by_hand} by hand")
    inside = [p.end for p in old.document.places.values() if place.start <= p.start and p.end <= place.end]
    end = max((end for end in inside if end < place.end), default=place.end) if _ends_late(old, place) else place.end
    after = old.body.find("\n", end - 1 if old.body[end - 1 : end] == "\n" else end)
    if after >= 0:
        return line, after + 1
    return max(line - len(old.newline), 0), len(old.body)


def _ends_late(old: _Text, place: Place) -> bool:
    """Tell whether a value is a block collection, whose end runs on over comments to the next key."""
    return place.line != place.key_line and not _is_flow(old, place) and old.body[place.start] not in "|>\"'"


def _key_start(old: _Text, place: Place) -> int:
    lines = old.body.split("\n")
    return sum(len(line) + 1 for line in lines[: place.key_line - 1]) + place.key_column - 1


def _with(tree: Any, path: Path, value: Value | None) -> Any:
    """Return the tree as it must read after the change."""
    new = dict(tree or {})
    if len(path) > 1:
        new[path[0]] = _with(new.get(path[0]), path[1:], value)
    elif value is None:
        del new[path[0]]
    else:
        new[path[0]] = value
    return new


def _proven(body: str, wanted: Any, by_hand: str) -> str:
    """Return the new text, once the loader reads exactly the wanted tree in it."""
    document = parse(body.encode())
    same = json.dumps(document.tree, sort_keys=True) == json.dumps(wanted, sort_keys=True)
    if document.faults or not same:
        raise EditRefused("cannot prove that only this value would change", hint=by_hand)
    return body


def _by_hand(path: Path, value: Value) -> str:
    return f"write by hand: {_key(path[0])}: {_nested(path[1:], value)}"


def _nested(path: Path, value: Value) -> str:
    return f"{{{_key(path[0])}: {_nested(path[1:], value)}}}" if path else _rendered(value)


def _key(name: str) -> str:
    return _rendered(name)


def _rendered(value: Value, style: str = "") -> str:
    """Return a value as every YAML reader reads it, quoted as the one before it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_rendered(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_rendered(item)}" for key, item in value.items()) + "}"
    if style == "'":
        return "'" + value.replace("'", "''") + "'"
    safe = _BARE.fullmatch(value) and plain(value) == value and value.lower() not in BOOLEAN_WORDS
    return value if safe and style != '"' else json.dumps(value, ensure_ascii=False)
