"""Values inside records that others wrote: found by dotted path, compared and read without trust."""

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal

from ..model.tells import Where

Unit = Literal["s", "ms", "iso"]

_LONGEST_ID: Final = 200
"""As long as a model name may be (model/scalars.py)."""


def parse(text: bytes | str) -> Any:
    """Return the JSON value, ``None`` for anything that is not JSON or is nested too deep to be honest."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def dig(value: Any, path: str) -> Any:
    """Return what stands at a dotted path (``a.0.b``: keys and list indexes), ``None`` where nothing does."""
    for part in _parts(path):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def every(value: Any, path: str) -> Iterator[Any]:
    """Yield all that stands at a dotted path in which a star is each entry of a list or table."""
    part, _, rest = path.partition(".")
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in entries if part == "*" else [dig(value, part)]:
        if one is not None:
            yield from every(one, rest) if rest else [one]


@lru_cache(maxsize=1024)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def meant(record: Any, where: Where) -> bool:
    """Tell whether a record is one of those that are meant. JSON's ``true`` is not 1."""
    for path, wanted in where.match.items():
        found = dig(record, path)
        if type(found) is not type(wanted) or found != wanted:
            return False
    return True


def text(value: Any) -> str | None:
    """Return a value as a short printable text: what may be shown, stored and compared."""
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable() else None


def first(found: re.Match[str] | None) -> str | None:
    """Return a match's first group, the whole where the expression has none."""
    if found is None:
        return None
    return found[1] if found.re.groups else found[0]


def whole(value: Any) -> int | None:
    """Return a value as a whole number; some agents write theirs as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def seconds(value: Any, unit: Unit) -> float | None:
    """Return wall-clock seconds for a time in an agent's words, ``None`` when it is no time."""
    try:
        if unit == "iso":
            return _iso(value) if isinstance(value, str) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        moment = float(value) / (1000.0 if unit == "ms" else 1.0)
    except (ValueError, OverflowError):
        return None
    return moment if math.isfinite(moment) and moment >= 0 else None


def _iso(value: str) -> float:
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
