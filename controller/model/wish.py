"""A model as it is told to an agent over a protocol: by one of the values that the agent offers."""

# The standard library alone: every keeper loads this.
import re
from collections.abc import Sequence
from dataclasses import dataclass

Offered = Sequence[tuple[str, str]]
"""What an agent offers: values with their display names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWish:
    """Which model is wanted, and how its value is found among the offered ones.

    :ivar name: the name people write.
    :ivar value: what is sent where the agent lists no value for it and takes others all the same.
    :ivar patterns: regular expressions of the values that stand for it, matched whole; the first that fits counts.
    :ivar unlisted: whether the agent takes models that it does not list.
    """

    name: str
    value: str
    patterns: tuple[str, ...]
    unlisted: bool = False

    def choose(self, offered: Offered) -> str | None:
        """Return the value to send, ``None`` when the agent does not offer the model."""
        for pattern in self.patterns:
            for value, shown in offered:
                if re.fullmatch(pattern, value) or re.fullmatch(pattern, shown):
                    return value
        return self.value if self.unlisted else None
