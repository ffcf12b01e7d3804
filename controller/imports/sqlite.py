"""Tables of other systems' SQLite databases. They are never opened for writing, nor left with a file more beside them.

A database that its system has open, or left behind in a crash, keeps its newest rows in a file beside it; to read those
SQLite would write. Such a one is read from a private copy.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..model.imported import Trouble
from .documents import Unreadable

_MAGIC: Final = b"SQLite format 3\0"
_WAL: Final = 2
"""At byte 18: the write version of a database in write-ahead mode, where a plain reader writes beside it."""
_BESIDE: Final = ("-wal", "-journal")
_PATIENCE: Final = 0.5
"""Seconds that a locked database is waited for."""
_COPIES: Final = 5
"""How often a copy is tried of a database that changes meanwhile."""
_STEPS: Final = 200_000_000
"""Steps of SQLite's machine for one table, some tens of seconds: a view may never end."""

_Tables = Mapping[str, Sequence[Mapping[str, Any]]]


def is_database(file: Path) -> bool:
    """Tell whether a file is a SQLite database.

    :raises OSError: when it cannot be read.
    """
    with file.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def tables(file: Path, wanted: Mapping[str, Sequence[str]]) -> tuple[_Tables, list[Trouble]]:
    """Return the rows of the wanted tables that are there, and what is wrong with them.

    :param wanted: table to the columns that are wanted; no column means all.
    :raises Unreadable: when it cannot be opened at all.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    troubles: list[Trouble] = []
    try:
        with _opened(file) as database:
            names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in (table for table in wanted if table in names):
                rows, why = _rows(database, table, wanted[table])
                found[table] = rows
                if why:
                    place = f"{file}: {table}, after row {len(rows)}"
                    troubles.append(Trouble(place, f"cannot read on: {why}", "what stands before it is brought in"))
    except (sqlite3.Error, OSError) as error:
        raise Unreadable(str(error).lower()) from None
    return found, troubles


def _rows(
    database: sqlite3.Connection, table: str, columns: Sequence[str]
) -> tuple[list[Mapping[str, Any]], str | None]:
    """Return the rows of a table up to the first that cannot be read, and why that is."""
    there = [row[1] for row in database.execute(f"PRAGMA table_info({_quoted(table)})")]
    asked = [column for column in columns if column in there]
    what = f"DISTINCT {', '.join(map(_quoted, asked))}" if asked else "*"
    rows: list[Mapping[str, Any]] = []
    try:
        found = database.execute(f"SELECT {what} FROM {_quoted(table)}")  # noqa: S608 - names, quoted
        rows.extend(dict(zip(asked or there, row, strict=True)) for row in found)
    except sqlite3.Error as error:
        return rows, str(error).lower()
    return rows, None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a database so that no byte changes, in it or beside it."""
    with tempfile.TemporaryDirectory(prefix="muster-import-") as scratch:
        if any(_size(beside) for beside in _beside(file)):
            place, mode = _copy(file, Path(scratch)), "rw"  # ours: SQLite finishes there what was begun
        else:
            place, mode = file, "ro&immutable=1" if _in_wal_mode(file) else "ro"
        database = _connected(place, mode)
        try:
            yield database
        finally:
            database.close()


def _connected(place: Path, mode: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"{place.absolute().as_uri()}?mode={mode}", uri=True, timeout=_PATIENCE)
    try:
        database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        database.set_progress_handler(lambda: True, _STEPS)
        database.execute("PRAGMA trusted_schema = OFF")  # what its schema would run is not ours
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        database.close()
        if "locked" in str(error) and mode == "ro":  # held, and nothing written yet: there is no journal
            return _connected(place, "ro&immutable=1")
        raise
    return database


def _in_wal_mode(file: Path) -> bool:
    with file.open("rb") as stream:
        return _WAL in stream.read(20)[18:]


def _beside(file: Path) -> list[Path]:
    return [file.with_name(f"{file.name}{ending}") for ending in _BESIDE]


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _copy(file: Path, scratch: Path) -> Path:
    """Copy a database with what stands beside it, all of one moment.

    :raises Unreadable: when it never holds still.
    """
    for _ in range(_COPIES):
        before = _stamps(file)
        for part in (one for one in (file, *_beside(file)) if one.exists()):
            shutil.copyfile(part, scratch / part.name)
        if _stamps(file) == before:
            return scratch / file.name
    raise Unreadable("it is written to all the time; stop its program for a moment, or copy it")


def _stamps(file: Path) -> list[tuple[int, int] | None]:
    parts = (file, *_beside(file))
    return [(part.stat().st_size, part.stat().st_mtime_ns) if part.exists() else None for part in parts]
