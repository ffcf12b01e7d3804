"""Conversations of one JSON record a line."""

from collections.abc import Callable, Iterator, Sequence

from ..model.tells import Transcript, Where
from .records import samples
from .tally import Sample
from .values import parse


def reader(rules: Transcript) -> Callable[[bytes], Iterator[Sample]]:
    """Return how a line is read.

    Most bytes of a transcript stand in records that say nothing to us: a line that lacks the words of every rule is not
    parsed. Agents write plain words as they are, never as escapes.
    """
    models = (*rules.model, *rules.fallback, *rules.changed)
    turns = (*rules.user, *rules.begun, *rules.answered, *rules.refused, *rules.ended)
    hints = [_hint(where) for where in (*models, *turns)]

    def read(line: bytes) -> Iterator[Sample]:
        if any(all(word in line for word in hint) for hint in hints):
            yield from samples(parse(line), rules)

    return read


def _hint(where: Where) -> Sequence[bytes]:
    """Return what stands in every line that a rule means."""
    words = [value for value in where.match.values() if isinstance(value, str)]
    return [word.encode() for word in words if word.isascii() and word.isidentifier()]
