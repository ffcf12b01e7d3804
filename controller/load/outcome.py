"""A parsed document as bytes and back: what the cache of parses and the last good words hold."""

import json
from typing import Final

from .. import __version__
from ..model.problem import Code, Severity
from .document import Document, Fault, Place

_FORMAT: Final = 1
"""Raised when the loader reads the same bytes differently, or this form changes."""


def key(digest: str) -> str:
    """Return the name under which a content's outcome is kept; another version parses anew."""
    return f"{_FORMAT}/{__version__}/{digest}"


def dump(document: Document) -> bytes:
    """Return a document as two lines: what it says, untouched, so that it is validated as it stands; then the rest."""
    faults = [[f.line, f.column, f.code, f.message, f.hint, f.severity] for f in document.faults]
    rest = json.dumps([document.places, document.bare, faults], separators=(",", ":"))
    return b"%s\n%s" % (document.json, rest.encode())


def restore(kept: bytes) -> Document | None:
    """Return the document that was kept; ``None`` when it is of another form."""
    tree, _, rest = kept.partition(b"\n")
    try:
        places, bare, faults = json.loads(rest)
        return Document(
            tree,
            {path: Place(*place) for path, place in places.items()},
            bare,
            tuple(
                Fault(line, column, Code(code), message, hint, Severity(severity))
                for line, column, code, message, hint, severity in faults
            ),
        )
    except (ValueError, TypeError):
        return None
