"""The tables, and the steps that bring an older state to them."""

from collections.abc import Callable
from sqlite3 import Connection
from typing import Final

_FIRST: Final = """
-- Values are JSON of the model. The checks make quick_check find a value that was damaged inside its page.
CREATE TABLE records (name TEXT PRIMARY KEY, value TEXT NOT NULL CHECK (json_valid(value))) STRICT, WITHOUT ROWID;
CREATE TABLE intents (id TEXT PRIMARY KEY, value TEXT NOT NULL CHECK (json_valid(value))) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: an id is never used twice, so whoever follows by id misses nothing.
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, first REAL NOT NULL, last REAL NOT NULL, count INTEGER NOT NULL,
    session TEXT, type TEXT NOT NULL, data TEXT NOT NULL CHECK (json_valid(data))
) STRICT;
CREATE INDEX events_of_session ON events (session, id);

CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,
    ask TEXT NOT NULL CHECK (json_valid(ask)), answer TEXT CHECK (answer IS NULL OR json_valid(answer))
) STRICT;
CREATE INDEX requests_open ON requests (id) WHERE answer IS NULL;

CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL CHECK (json_valid(value))) STRICT, WITHOUT ROWID;
INSERT INTO facts VALUES ('state_id', json_quote(lower(hex(randomblob(8)))));
CREATE TABLE used_plans (id TEXT PRIMARY KEY, at REAL NOT NULL) STRICT, WITHOUT ROWID;

-- What load remembers: two caches of readings, and the last good words, which are no cache.
CREATE TABLE seen (
    directory TEXT, file TEXT, stamp TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (directory, file)
) STRICT, WITHOUT ROWID;
CREATE TABLE parsed (key TEXT PRIMARY KEY, outcome BLOB NOT NULL, used INTEGER NOT NULL) STRICT;
CREATE TABLE last_good (
    path TEXT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, document BLOB NOT NULL
) STRICT;
"""


def _first(db: Connection) -> None:
    for statement in _FIRST.split(";"):  # executescript would commit the transaction that holds the step together
        db.execute(statement)


MIGRATIONS: Final[tuple[Callable[[Connection], None], ...]] = (_first,)
"""The n-th step brings version n to n+1. Steps that were released are never edited."""

VERSION: Final = len(MIGRATIONS)


def version_of(db: Connection) -> int:
    """Return the version of the tables; 0 when there are none."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: Connection) -> None:
    """Bring the tables to this version, all steps or none; a state that another process just brought there is fine."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for step in range(version_of(db), VERSION):
            MIGRATIONS[step](db)
            db.execute(f"PRAGMA user_version = {step + 1}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
