"""What can be an id of an agent's conversation; apart from the scalars of files: a keeper does not load those."""

from typing import Final

_LONGEST: Final = 512
"""Signs; agents' own have some forty, and a directory may be one."""


def names_a_conversation(value: str) -> bool:
    """Tell whether a text can be an id: one printable word that no command line takes for a flag."""
    return 0 < len(value) <= _LONGEST and value.isprintable() and " " not in value and not value.startswith("-")
