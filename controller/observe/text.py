"""Conversations that an agent writes as plain text: what a line says, by regular expressions."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from ..model.profile import Transcript
from .tally import Kind, Sample
from .values import first, text

_LONGEST: Final = 4096
"""How much of a line a pattern is tried on."""


def reader(rules: Transcript) -> Callable[[bytes], Iterator[Sample]]:
    """Return how a line is read."""
    user, model = rules.patterns.get("user"), rules.patterns.get("model")

    def read(line: bytes) -> Iterator[Sample]:
        said = line[:_LONGEST].decode(errors="replace").rstrip("\r")
        if user and re.search(user, said):
            yield Sample(Kind.USER)
        if model and (value := text(first(re.search(model, said)))):
            yield Sample(Kind.MODEL, value)

    return read
