"""The state file: opened when it is first needed, read by everybody, written by one thread."""

import os
import sqlite3
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from .check import look_over
from .connect import check_sqlite, connect, connect_reading, in_memory
from .errors import StateDamaged, StateUnwritable, explained
from .files import move_aside, private_directory, private_file
from .schema import VERSION, migrate, version_of

if TYPE_CHECKING:  # both bring logging along, which a command that only looks need not pay for
    from concurrent.futures import Future

    from .writer import Writer

T = TypeVar("T")


class Access(StrEnum):
    """What a store is opened for.

    READ: sees what is there, while a controller writes; of nothing, an empty state in memory.
    WRITE: a command that leaves something.
    OWN: the holder of the controller lock, who alone may look the file over and move a damaged one aside.
    """

    READ = "read"
    WRITE = "write"
    OWN = "own"


class Store:
    """One state file. Usable from any thread; use it as a context or close it."""

    def __init__(self, path: Path, access: Access = Access.WRITE) -> None:
        self.path = path
        self.access = access
        self._lock = threading.RLock()
        self._reader: sqlite3.Connection | None = None
        self._writer: Writer | None = None
        self._opened: os.stat_result | None = None
        self._new = False
        self._rebuilt: str | None = None

    def lost(self) -> str | None:
        """Return the sentence that says that the file that was opened is not at its path any more."""
        try:
            there = self.path.stat()
        except FileNotFoundError:
            there = None
        if self._opened is None or (there and os.path.samestat(there, self._opened)):
            return None
        return f"cannot go on with the state {self.path}: it was {'replaced' if there else 'removed'}"

    @property
    def new(self) -> bool:
        """Nothing was remembered when this store was opened: what runs must be found by looking."""
        self._open()
        return self._new

    @property
    def rebuilt(self) -> str | None:
        """Why an earlier state was given up ("... was moved to ..."), when that happened at opening."""
        self._open()
        return self._rebuilt

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what the work reads: all that was committed before, by whomever.

        :raises StateUnreadable: when the file cannot be read or is damaged.
        """
        with self._lock:
            db = self._open()
            with explained(self.path, writing=False):
                return work(db)

    def submit(self, work: Callable[[sqlite3.Connection], T], then: Callable[[], None] | None = None) -> "Future[T]":
        """Queue a write; the future's answer comes when it is durable (``asyncio.wrap_future`` awaits it).

        ``then`` runs before that, on the writer's thread and in the order of the commits.

        :raises StateUnwritable: when the store was opened for reading or cannot be opened for writing.
        """
        with self._lock:
            if self.access is Access.READ:
                raise StateUnwritable(f"cannot write the state {self.path}: it was opened for reading")
            self._open()
            from .writer import Writer

            self._writer = self._writer or Writer(self.path, lambda: connect(self.path))
            return self._writer.submit(work, then)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Write and wait until it is durable.

        :raises StateUnwritable: when the disk refuses; nothing of the work was written.
        """
        return self.submit(work).result()

    def close(self) -> None:
        """Write what is queued and let go of the file; a later use opens it again."""
        with self._lock:
            if self._writer:
                self._writer.close()
            if self._reader:
                self._reader.close()
            self._writer = self._reader = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection:
        with self._lock:
            if self._reader is None:
                self._reader = self._for_reading() if self.access is Access.READ else self._for_writing()
            return self._reader

    def _for_writing(self) -> sqlite3.Connection:
        check_sqlite()
        private_directory(self.path.parent)
        try:
            return self._prepare()
        except StateDamaged as error:
            if self.access is not Access.OWN:
                raise
            with explained(self.path, writing=True):
                kept = move_aside(self.path)
            self._rebuilt = f"{error.message}; it was moved to {kept.name}"
            return self._prepare()

    def _prepare(self) -> sqlite3.Connection:
        """Open, check and migrate."""
        with explained(self.path, writing=True):
            made = private_file(self.path)
            db = connect(self.path)
            self._opened = self.path.stat()
            try:
                self._check(db)
            except BaseException:
                db.close()
                raise
        if self._new and not made:  # cut to nothing, or its maker was killed before the first commit
            self._rebuilt = f"{self.path} was empty"
        return db

    def _check(self, db: sqlite3.Connection) -> None:
        version = version_of(db)
        if version > VERSION:
            why = f"a newer muster made it (version {version}, this one knows {VERSION})"
            raise StateUnwritable(f"cannot write the state {self.path}: {why}", hint="upgrade muster on this machine")
        self._new = version == 0
        if version < VERSION:
            migrate(db)
        if self.access is Access.OWN:
            look_over(db)

    def _for_reading(self) -> sqlite3.Connection:
        check_sqlite()
        with explained(self.path, writing=False):
            db = connect_reading(self.path)
        self._new = db is None
        return db or in_memory(None)
