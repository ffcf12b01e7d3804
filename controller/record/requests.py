"""Durable requests: a command asks, the live controller answers, neither needs the other at that moment."""

from sqlite3 import Connection
from typing import Final

from pydantic import ValidationError

from ..model.control import Answer, Ask, Request
from .store import Store

_ANSWERED_KEPT: Final = 1000
"""Whoever asked reads the answer within seconds; a thousand requests later nobody will."""


class Requests:
    """The requests of one state."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ask(self, ask: Ask, at: float) -> int:
        """Leave a request durably; return its id.

        :raises StateUnwritable: when the disk refuses.
        """
        return self._store.write(lambda db: _insert(db, ask, at))

    def withdraw(self, request: int) -> bool:
        """Take a request back; false when it was answered already."""
        statement = "DELETE FROM requests WHERE id = ? AND answer IS NULL"
        return self._store.write(lambda db: db.execute(statement, (request,)).rowcount == 1)

    def open_requests(self, at: float) -> tuple[Request, ...]:
        """Return what is asked and not answered at this wall-clock second, the oldest first."""
        query = "SELECT id, at, ask FROM requests WHERE answer IS NULL ORDER BY id"
        rows = self._store.read(lambda db: db.execute(query).fetchall())
        found = (Request(id=id_, at=asked, ask=ask) for id_, asked, text in rows if (ask := _ask(text)))
        return tuple(request for request in found if request.ask.until is None or at <= request.ask.until)

    def answer(self, request: int, answer: Answer) -> bool:
        """Answer durably, once; false when it was withdrawn or answered before."""
        statement = "UPDATE requests SET answer = ? WHERE id = ? AND answer IS NULL"
        values = (answer.model_dump_json(), request)
        return self._store.write(lambda db: db.execute(statement, values).rowcount == 1)

    def answer_of(self, request: int) -> Answer | None:
        """Return the answer when it is there."""
        query = "SELECT answer FROM requests WHERE id = ?"
        row = self._store.read(lambda db: db.execute(query, (request,)).fetchone())
        return Answer.model_validate_json(row[0]) if row and row[0] else None


def _insert(db: Connection, ask: Ask, at: float) -> int:
    row = db.execute(
        "INSERT INTO requests (at, ask) VALUES (?, ?) RETURNING id", (at, ask.model_dump_json())
    ).fetchone()
    db.execute("DELETE FROM requests WHERE answer IS NOT NULL AND id <= ?", (row[0] - _ANSWERED_KEPT,))
    return int(row[0])


def _ask(text: str) -> Ask | None:
    """Return the ask; ``None`` for one that only a newer version understands: whoever asked stops waiting."""
    try:
        return Ask.model_validate_json(text)
    except ValidationError:
        return None
