"""How the state file is opened: for writing, for reading, or as nothing in memory."""

import sqlite3
from pathlib import Path
from typing import Final

from .errors import StateUnreadable
from .schema import VERSION, migrate, version_of

_PATIENCE: Final = 10.0
"""Seconds to wait for another process's commit; ours take milliseconds, so this long means that one hangs."""

_OLDEST_SQLITE: Final = (3, 37)
"""STRICT tables."""


def check_sqlite() -> None:
    """Refuse a SQLite that is too old, before anything is written.

    :raises StateUnreadable: when it is.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StateUnreadable(
            f"cannot use the state: this Python has SQLite {sqlite3.sqlite_version}, at least 3.37 is needed",
            hint="use a newer Python, for instance by `uv python install`",
        )


def connect(path: Path) -> sqlite3.Connection:
    """Open for writing. Statements begin their transactions themselves; threads are kept apart by the store."""
    db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut
        db.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone stops at the drive's cache
    except BaseException:
        db.close()
        raise
    return db


def connect_reading(path: Path) -> sqlite3.Connection | None:
    """Open for reading; ``None`` when there is nothing to read, a copy in memory when it is of an older version."""
    if not path.exists():
        return None
    db = _connect_as(path, "mode=ro")
    version = version_of(db)
    if version >= VERSION:
        return db
    try:
        return in_memory(db) if version else None
    finally:
        db.close()


def _connect_as(path: Path, options: str) -> sqlite3.Connection:
    """Open by URI; in a directory that we may not write to and where nobody writes, without the log."""
    uri = f"{path.absolute().as_uri()}?{options}"
    db = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        version_of(db)
    except sqlite3.OperationalError:
        db.close()
        if "immutable" in options or path.with_name(path.name + "-wal").exists():
            raise
        return _connect_as(path, "mode=ro&immutable=1")
    except BaseException:
        db.close()
        raise
    return db


def in_memory(source: sqlite3.Connection | None) -> sqlite3.Connection:
    """Return a state in memory: a copy brought to this version, or an empty one."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if source:
        source.backup(db)
    migrate(db)
    return db
