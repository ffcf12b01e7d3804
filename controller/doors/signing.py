"""The comment at the top of a file by which people see that an AI changed it, and which."""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..model.asker import Asker

_SIGNED: Final = re.compile(r"^# Last changed by an AI in the session .*\n", re.MULTILINE)
_ABOVE: Final = re.compile(r"\ufeff?(# yaml-language-server: .*\n)?")
"""What must stay above it: a byte order mark, and the line that editors read."""


def signed(text: str, asker: "Asker") -> str:
    """Say who changed a file last, in the place of who did before."""
    rest = _SIGNED.sub("", text)
    above = _ABOVE.match(rest)
    at = above.end() if above else 0
    end = "\r\n" if "\r\n" in rest else "\n"
    return f"{rest[:at]}# Last changed by {asker}.{end}{rest[at:]}"
