"""What a plain YAML scalar means: the core schema of YAML 1.2, and nothing more."""

import re
from typing import Final

NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
TRUE: Final = frozenset({"true", "True", "TRUE"})
FALSE: Final = frozenset({"false", "False", "FALSE"})
BOOLEAN_WORDS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
"""Texts in YAML 1.2, booleans in YAML 1.1: what is meant cannot be known, so nobody may write them bare."""

_INT: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]+")
_MOST_DIGITS: Final = 18
"""Fits 64 bits; beyond it JSON and SQLite disagree about what a number is."""

_MAYBE_NUMBER: Final = frozenset("0123456789+-.")

Scalar = str | int | float | bool | None


def plain(text: str) -> Scalar:
    """Return what an unquoted scalar means.

    :raises ValueError: when it is a number that no field can want, or that two readers take for two numbers.
    """
    if text[:1] in _MAYBE_NUMBER and text:
        return _number(text)
    if text in NULLS:
        return None
    if text in TRUE:
        return True
    return False if text in FALSE else text


def _number(text: str) -> Scalar:
    if _INT.fullmatch(text):
        if _LEADING_ZERO.fullmatch(text):
            raise ValueError("is octal to some readers and decimal to others")
        if len(text) > _MOST_DIGITS:
            raise ValueError("is too large for a number")
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.fullmatch(text):
        value = float(text)
        if value in {float("inf"), float("-inf")}:
            raise ValueError("is too large for a number")
        return value
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("is not a finite number")
    return text
