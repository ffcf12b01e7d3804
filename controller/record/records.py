"""The records of sessions, one row each."""

from collections.abc import Iterable
from sqlite3 import Connection

from pydantic import TypeAdapter, ValidationError

from ..model.record import SessionRecord
from .errors import StateDamaged

_ALL = TypeAdapter(list[SessionRecord])


def put(db: Connection, records: Iterable[SessionRecord]) -> None:
    """Put records in place of those under the same names."""
    rows = ((record.name, record.model_dump_json()) for record in records)
    db.executemany("INSERT INTO records VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", rows)


def forget(db: Connection, names: Iterable[str]) -> None:
    """Drop records; a name without one is fine."""
    db.executemany("DELETE FROM records WHERE name = ?", ((name,) for name in names))


def all_of(db: Connection) -> dict[str, SessionRecord]:
    """Return every record by name.

    :raises StateDamaged: when one of them cannot be read: a part of the memory is worse than none, which is rebuilt.
    """
    rows = db.execute("SELECT name, value FROM records").fetchall()
    try:
        found = _ALL.validate_json(f"[{','.join(value for _, value in rows)}]")
    except (ValidationError, TypeError) as error:  # TypeError: damage can make a value NULL where none may be
        raise StateDamaged("cannot read the records of sessions: a value is broken") from error
    records = {record.name: record for record in found}
    if records.keys() != {name for name, _ in rows}:
        raise StateDamaged("cannot read the records of sessions: some stand under another's name")
    return records
