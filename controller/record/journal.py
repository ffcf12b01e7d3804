"""The memory of sessions as apply and the loop use it: read from the mind, written to the disk first."""

import threading
from sqlite3 import Connection
from typing import TYPE_CHECKING

from .. import log
from ..log import LogEvent
from ..model.record import Intent, SessionRecord
from ..model.transaction import Transaction
from . import events, intents, records
from .store import Store

if TYPE_CHECKING:  # brings logging along, which a command that only looks need not pay for
    from concurrent.futures import Future


class Journal:
    """Records, intents and events, written together or not at all.

    Records are read from the file once and then kept: a pass over 10,000 unchanged sessions parses nothing. A commit
    changes what is kept only once it is durable.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._records: dict[str, SessionRecord] | None = None
        self.trouble: str | None = None
        """Why the last step could not be written; until one could, what is shown may be lost."""

    def records(self) -> dict[str, SessionRecord]:
        """Return every record by name, as last committed."""
        with self._lock:
            return dict(self._kept())

    def record(self, name: str) -> SessionRecord:
        """Return what is remembered of a session; of one that is not known, an empty record."""
        with self._lock:
            return self._kept().get(name) or SessionRecord(name=name)

    def refresh(self) -> None:
        """Let go of what is kept: another process may have written."""
        with self._lock:
            self._records = None

    def open_intents(self) -> tuple[Intent, ...]:
        """Return the intents that nobody closed, the oldest first."""
        return self._store.read(intents.all_open)

    def submit(self, step: Transaction) -> "Future[None]":
        """Queue a step; the future ends when it is durable and kept. It is written even if nobody waits."""
        written = self._store.submit(lambda db: _write(db, step), lambda: self._keep(step))
        written.add_done_callback(self._note)
        return written

    def believe(self, step: Transaction) -> None:
        """Keep what was seen at once, and write it as soon as the disk allows.

        For observations only: lost with a crash, they are seen again. What is about to be done is committed.
        """
        self._keep(step)
        self._store.submit(lambda db: _write(db, step)).add_done_callback(self._disbelieve)

    def _disbelieve(self, written: "Future[None]") -> None:
        """Go back to what the disk holds when it took nothing; the next look sees it all again."""
        self._note(written)
        if error := written.exception():
            log.error(LogEvent.STATE_UNWRITABLE, why=str(error))
            self.refresh()

    def _note(self, written: "Future[None]") -> None:
        error = written.exception()
        self.trouble = str(error) if error else None

    def commit_now(self, step: Transaction) -> None:
        """Write all of a step durably, or raise and write nothing of it.

        :raises StateUnwritable: when the disk refuses.
        """
        self.submit(step).result()

    async def commit(self, step: Transaction) -> None:
        """Do the same without holding up the event loop; steps that wait together are one commit."""
        from asyncio import wrap_future  # a command that is not asynchronous need not pay for it

        await wrap_future(self.submit(step))

    def _kept(self) -> dict[str, SessionRecord]:
        if self._records is None:
            self._records = self._store.read(records.all_of)
        return self._records

    def _keep(self, step: Transaction) -> None:
        with self._lock:
            if self._records is None:  # whoever reads them next reads this step too
                return
            self._records.update((record.name, record) for record in step.records)
            for name in step.forgotten:
                self._records.pop(name, None)


def _write(db: Connection, step: Transaction) -> None:
    records.put(db, step.records)
    records.forget(db, step.forgotten)
    intents.put(db, step.opened)
    intents.close(db, step.closed)
    events.append(db, step.events)
