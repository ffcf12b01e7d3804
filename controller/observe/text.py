"""Conversations that an agent writes as plain text: what a line says, by regular expressions."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from ..model.tells import Transcript
from .tally import Kind, Sample
from .values import first, text

_LONGEST: Final = 4096
"""How much of a line a pattern is tried on."""


def reader(rules: Transcript) -> Callable[[bytes], Iterator[Sample]]:
    """Return how a line is read."""
    found = [(Kind(kind), re.compile(pattern)) for kind, pattern in rules.patterns.items()]

    def read(line: bytes) -> Iterator[Sample]:
        said = line[:_LONGEST].decode(errors="replace").rstrip("\r")
        for kind, pattern in found:
            if match := pattern.search(said):
                value = text(first(match)) if kind is Kind.MODEL else None
                if value or kind is not Kind.MODEL:
                    yield Sample(kind, value)

    return read
