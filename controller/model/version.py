"""Which versions a sentence of a profile is about: ``0.169.0``, ``<2.1.113``, ``>=2.1.197, <2.2``."""

import operator
import re
from collections.abc import Callable
from typing import Final

_RULE: Final = re.compile(r"\s*(<=|>=|<|>|==)?\s*v?(\d+(?:\.\d+)*)\S*\s*")
_COMPARE: Final[dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


def excluded(version: str | None, said: str | None) -> bool:
    """Tell whether a version is surely not meant.

    A bare version says only where something was seen, so it excludes none; nor does what cannot be read.
    """
    here = _parts(version or "")
    if here is None:
        return False
    rules = (_RULE.fullmatch(rule) for rule in (said or "").split(","))
    return any(
        rule is not None and rule[1] is not None and not _COMPARE[rule[1]](*_even(here, _parts(rule[2]) or ()))
        for rule in rules
    )


def _parts(version: str) -> tuple[int, ...] | None:
    """Return the numbers of a version; what follows them (a build, a pre-release) is not compared."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else None


def _even(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Make two versions equally long: 2.1 is 2.1.0."""
    length = max(len(one), len(other))
    return one + (0,) * (length - len(one)), other + (0,) * (length - len(other))
