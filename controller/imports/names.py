"""Session names for what other systems call theirs."""

import re
import unicodedata
from typing import Final

_STRANGE: Final = re.compile(r"-*[^A-Za-z0-9+_.@-]+-*")
_LONGEST: Final = 100
"""Of the 128 characters that a name may have: some room for a number that tells two apart."""


def safe(wanted: str) -> str:
    """Return a session name that is as much like the wanted one as it can be."""
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    return _STRANGE.sub("-", plain).strip("-_.@")[:_LONGEST].rstrip("-_.@") or "session"


def free(name: str, taken: set[str]) -> str:
    """Return the name, or the first of it with a number that nobody has, without regard to case."""
    number = 2
    found = name
    while found.casefold() in taken:
        found, number = f"{name}-{number}", number + 1
    return found
