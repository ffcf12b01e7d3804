"""What load remembers, on SQLite: the Memory of ``model/memory.py``."""

import json
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from sqlite3 import Connection
from typing import Final

from ..model.memory import LastGood, SeenFile
from .errors import StateUnwritable
from .store import Access, Store

_DAY: Final = 86400
_UNUSED_DAYS: Final = 30
"""A parse outcome that nobody asked for in a month belongs to a content that is gone."""

_AMONG: Final = "(SELECT value FROM json_each(?))"
"""One parameter for any number of keys; SQLite's own limit is some 30,000."""


class StoredMemory:
    """Bulk reads and writes. A store opened for reading keeps nothing: a look changes nothing.

    A full disk stops no pass: caches are lost, last good words stay in mind and are written with the next ones.

    :ivar trouble: why last good words could not be made durable, until they could.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._unsaved: dict[str, LastGood] = {}
        self.trouble: str | None = None

    def seen(self, directory: str) -> Mapping[str, SeenFile]:
        """Return the last trusted looks into a directory, by file name."""
        query = "SELECT file, stamp, digest FROM seen WHERE directory = ?"
        rows = self._store.read(lambda db: db.execute(query, (directory,)).fetchall())
        return {file: SeenFile(stamp, digest) for file, stamp, digest in rows}

    def keep_seen(self, directory: str, looks: Mapping[str, SeenFile]) -> None:
        """Put looks in place of those under the same file names."""
        rows = [(directory, file, look.stamp, look.digest) for file, look in looks.items()]
        self._cache(lambda db: db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", rows))

    def parsed(self, keys: Collection[str]) -> Mapping[str, bytes]:
        """Return the parse outcomes that are kept under these keys."""
        query = f"SELECT key, outcome, used FROM parsed WHERE key IN {_AMONG}"  # noqa: S608 - a constant
        rows = self._store.read(lambda db: db.execute(query, (json.dumps(list(keys)),)).fetchall())
        if used := [key for key, _, day in rows if day < _today()]:
            update = f"UPDATE parsed SET used = ? WHERE key IN {_AMONG}"  # noqa: S608 - a constant
            self._cache(lambda db: db.execute(update, (_today(), json.dumps(used))))
        return {key: outcome for key, outcome, _ in rows}

    def keep_parsed(self, outcomes: Mapping[str, bytes]) -> None:
        """Keep parse outcomes, and throw out those that were not asked for in a long time."""
        rows = [(key, outcome, _today()) for key, outcome in outcomes.items()]

        def work(db: Connection) -> None:
            db.executemany("INSERT OR REPLACE INTO parsed VALUES (?, ?, ?)", rows)
            db.execute("DELETE FROM parsed WHERE used < ?", (_today() - _UNUSED_DAYS,))

        self._cache(work)

    def last_good(self) -> Mapping[str, LastGood]:
        """Return every last good word, by the file's path."""
        query = "SELECT path, name, digest, document FROM last_good"
        rows = self._store.read(lambda db: db.execute(query).fetchall())
        return {path: LastGood(*word) for path, *word in rows} | self._unsaved

    def keep_last_good(self, words: Mapping[str, LastGood]) -> None:
        """Put last good words in place of those under the same paths, durably when that can be."""
        self._unsaved |= words
        rows = [(path, word.name, word.digest, word.document) for path, word in self._unsaved.items()]
        if not rows or self._store.access is Access.READ:
            return
        try:
            self._store.write(lambda db: db.executemany("INSERT OR REPLACE INTO last_good VALUES (?, ?, ?, ?)", rows))
        except StateUnwritable as error:
            self.trouble = error.message
        else:
            self._unsaved.clear()
            self.trouble = None

    def forget(self, paths: Collection[str]) -> None:
        """Drop the last good words and the looks of files that are gone for good."""
        for path in paths:
            self._unsaved.pop(path, None)
        places = [path.rpartition("/")[::2] for path in paths]

        def work(db: Connection) -> None:
            db.executemany("DELETE FROM last_good WHERE path = ?", ((path,) for path in paths))
            db.executemany("DELETE FROM seen WHERE directory = ? AND file = ?", places)

        self._cache(work)

    def _cache(self, work: Callable[[Connection], object]) -> None:
        """Write what may be lost: by a look, or when the disk is full, which the durable writes beside it tell."""
        with suppress(StateUnwritable):
            self._store.write(work)


def _today() -> int:
    """Return the day since 1970; a clock that is off costs a cached parse at worst."""
    return int(time.time()) // _DAY
