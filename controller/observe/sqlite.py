"""Conversations that an agent keeps in a SQLite database of its own; we read it and never write."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ..model.tells import Transcript
from .files import Unreadable, stamp
from .tally import Kind, Sample
from .values import seconds, text

_PATIENCE: Final = 0.05
"""Seconds that a locked database is waited for; the next look comes soon."""
_STEPS: Final = 2_000_000
"""Steps of SQLite's machine that a query may take, some tenths of a second."""
_LONGEST: Final = 16 * 1024 * 1024
"""Bytes of one value; a database may hold a gigabyte in each."""
_PARTS: Final = ("", "-journal", "-wal", "-shm")
"""The files that SQLite opens for one database."""
_MOST_ROWS: Final = 1000
"""The newest rows are wanted, and queries say so; this is for one that does not."""


def read(path: str, rules: Transcript, bound: Mapping[str, str | float | None]) -> Iterator[Sample]:
    """Yield what the profile's queries find.

    :raises Unreadable: when the database is locked, damaged or of another shape.
    """
    for word, query in rules.queries.items():
        for value, time in rows(path, query, bound):
            kind, said = Kind(word), text(value)
            if kind is not Kind.MODEL or said:
                yield Sample(kind, said, seconds(time, rules.time_unit))


def rows(path: str, query: str, bound: Mapping[str, str | float | None]) -> list[tuple[Any, Any]]:
    """Return the rows of one query as (value, time); a query may leave the time out.

    :raises Unreadable: when the database cannot be asked.
    """
    # Few agents use it, and a cheap command should not load it.
    import sqlite3

    for beside in _PARTS:
        stamp(f"{path}{beside}")  # SQLite would wait at a FIFO for ever
    try:
        database = sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)
        try:
            database.set_progress_handler(lambda: True, _STEPS)
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            database.execute("PRAGMA trusted_schema = OFF")  # its views and indexes are another program's words
            found = database.execute(query, dict(bound)).fetchmany(_MOST_ROWS)
        finally:
            database.close()
    except (sqlite3.Error, ValueError, OverflowError) as error:
        raise Unreadable(f"cannot read {path!r}: {error}") from error
    return [(row[0], row[1] if len(row) > 1 else None) for row in found if row]
