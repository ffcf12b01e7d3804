"""What can be wrong with the state, and how SQLite's words are read.

::

    MusterError
    ├── StateUnreadable      it cannot be read
    │   └── StateDamaged     its content is broken; the controller moves it aside and rebuilds
    └── Starved
        └── StateUnwritable  it cannot be written; what it held before stands
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import MusterError, Starved


class StateUnreadable(MusterError):
    """The state cannot be read."""


class StateDamaged(StateUnreadable):
    """The state's content is broken."""


class StateUnwritable(Starved):
    """The state cannot be written; nothing of the step was."""


_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
"""The last one says that tables are not as we made them; our own statements are tested."""

_NOT_TEXT: Final = "Could not decode to UTF-8"
"""Said by the sqlite3 module itself, without a code, of text that was damaged."""

_STORAGE: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


def explain(error: BaseException, path: Path, *, writing: bool) -> BaseException:
    """Return the error that a person should see; what is neither damage nor storage stays what it is."""
    # The lower byte is the primary code; the rest tells which system call it was. Misuse has none.
    whole = getattr(error, "sqlite_errorcode", 0)
    code = whole & 0xFF
    cut = whole == sqlite3.SQLITE_IOERR_SHORT_READ  # the file ends before its content does
    if cut or code in _DAMAGED or isinstance(error, UnicodeDecodeError) or str(error).startswith(_NOT_TEXT):
        hint = "`muster run` moves it aside and rebuilds it by looking"
        return StateDamaged(f"cannot read the state {path}: {error}", hint=hint)
    if code in _STORAGE:
        return _refused(path, str(error), writing=writing)
    return error


def _refused(path: Path, why: str, *, writing: bool) -> MusterError:
    if writing:
        return StateUnwritable(f"cannot write the state {path}: {why}", hint="what was recorded before is intact")
    return StateUnreadable(f"cannot read the state {path}: {why}")


@contextmanager
def explained(path: Path, *, writing: bool) -> Iterator[None]:
    """Raise what a person should see in place of SQLite's and the system's own errors."""
    try:
        yield
    except OSError as error:
        raise _refused(path, error.strerror or str(error), writing=writing) from error
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise explain(error, path, writing=writing) from error
