"""What a record says, by the rules of the profile: one reading of a record for lines and for documents."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..model.tells import Transcript, Where
from .tally import Kind, Sample
from .values import dig, first, meant, seconds, text

_LONGEST_SAID: Final = 4096
"""How much of a value a pattern is tried on."""


def samples(record: Any, rules: Transcript) -> Iterator[Sample]:
    """Yield what one record says; nothing for records of sub-agents and for what is no record at all."""
    if not isinstance(record, dict) or any(meant(record, where) for where in rules.skip):
        return
    time = seconds(dig(record, rules.time), rules.time_unit) if rules.time else None
    if _any(record, rules.user):
        yield Sample(Kind.USER, None, time)
    yield from _models(record, rules, time)
    for kind, wheres in (
        (Kind.BEGUN, rules.begun),
        (Kind.ANSWERED, rules.answered),
        (Kind.REFUSED, rules.refused),
        (Kind.ENDED, rules.ended),
    ):
        if _any(record, wheres):
            yield Sample(kind, None, time)


def _any(record: Any, wheres: Sequence[Where]) -> bool:
    """Tell whether a record is meant by a rule; one that names a value asks for it."""
    return any(meant(record, where) and (where.value is None or _value(record, where) is not None) for where in wheres)


def _models(record: Any, rules: Transcript, time: float | None) -> Iterator[Sample]:
    kinds: tuple[tuple[Kind, Sequence[Where]], ...] = (
        (Kind.MODEL, rules.model),
        (Kind.FALLBACK, rules.fallback),
        (Kind.CHANGED, rules.changed),
    )
    for kind, wheres in kinds:
        for where in wheres:
            if meant(record, where) and (value := _value(record, where)):
                yield Sample(kind, value, time)


def _value(record: Any, where: Where) -> str | None:
    """Return the value that a rule names, with its provider before it where the rule says so."""
    if not where.value:
        return None
    found = dig(record, where.value)
    if where.pattern:
        said = re.search(where.pattern, found[:_LONGEST_SAID]) if isinstance(found, str) else None
        found = first(said)
    value = text(found)
    if value is None or not where.provider:
        return value
    provider = text(dig(record, where.provider))
    return f"{provider}/{value}" if provider else value
