"""JSON and YAML of other systems, as values; a key that stands twice is told, because only one of the two can count."""

import json
from typing import Any

from ..model.imported import Trouble


class Unreadable(Exception):
    """A file that is not what it should be.

    :ivar place: line and column, where they are known.
    """

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(why)
        self.place = place


def parsed(content: bytes, file: str) -> tuple[Any, list[Trouble]]:
    """Return a document's value, and keys that stand twice in it.

    :raises Unreadable: when it is neither JSON nor YAML.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8, at byte {error.start + 1}") from None
    if not text.strip():
        raise Unreadable("it is empty")
    return _yaml(text) if file.endswith((".yaml", ".yml")) else _json(text, file)


def _json(text: str, file: str) -> tuple[Any, list[Trouble]]:
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        twice.extend(sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else ())
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is no JSON: {error.msg.lower()}", f"{error.lineno}:{error.colno}") from None
    except (RecursionError, ValueError) as error:  # thousands of levels; a number of thousands of digits
        raise Unreadable(f"it is no JSON that anybody writes: {str(error).lower()}") from None
    return value, [
        Trouble(file, f"cannot tell what is meant: the key {key!r} stands twice, the last counts") for key in twice
    ]


def _yaml(text: str) -> tuple[Any, list[Trouble]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text), []
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise Unreadable(f"it is no YAML: {error.problem or error.context}", place) from None
    except (YAMLError, ValueError, RecursionError, AttributeError, TypeError, OverflowError) as error:
        raise Unreadable(
            f"it is no YAML: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        ) from None
