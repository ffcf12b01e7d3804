"""The event log: what is said again counts up, and the oldest make room."""

import json
from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any, Final

from ..model.event import EventType
from ..model.transaction import Event, LoggedEvent
from .store import Store

KEPT: Final = 100_000
"""Events; at some 200 bytes each the log stays below 20 MB."""

MOST_REFUSED: Final = 1000
"""Refusals of one asker. It chooses how often and in which words it asks, and must not push out what others did."""
_KNOWN: Final = frozenset(EventType)


def append(db: Connection, events: Iterable[Event], kept: int = KEPT) -> None:
    """Add events; one that equals its session's latest only counts up.

    An old event is dropped only when a twentieth too many are there, so that trimming is rare.
    """
    for event in events:
        _add(db, event)
    oldest, newest = db.execute("SELECT (SELECT min(id) FROM events), (SELECT max(id) FROM events)").fetchone()
    if oldest is not None and newest - oldest >= kept + kept // 20:
        db.execute("DELETE FROM events WHERE id <= ?", (newest - kept,))


def _add(db: Connection, event: Event) -> None:
    data = json.dumps(event.data, sort_keys=True, separators=(",", ":"))
    latest = "SELECT id, type, data FROM events WHERE session IS ? ORDER BY id DESC LIMIT 1"
    row = db.execute(latest, (event.session,)).fetchone()
    same = row[0] if row and row[1:] == (event.type, data) else _one_too_many(db, event)
    if same is not None:
        db.execute("UPDATE events SET count = count + 1, last = ?, data = ? WHERE id = ?", (event.at, data, same))
        return
    values = (event.at, event.at, event.session, event.type, data)
    db.execute("INSERT INTO events (first, last, count, session, type, data) VALUES (?, ?, 1, ?, ?, ?)", values)


def _one_too_many(db: Connection, event: Event) -> int | None:
    """Return the latest refusal of an asker that had so many: it counts up, and has the last one's words."""
    if event.type is not EventType.REFUSED:
        return None
    refused = "SELECT count(*), max(id) FROM events WHERE session IS ? AND type = ?"
    count, latest = db.execute(refused, (event.session, event.type)).fetchone()
    return latest if count >= MOST_REFUSED else None


class EventLog:
    """What happened, to be read and followed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def events(self, since: int = 0, session: str | None = None, limit: int = 1000) -> tuple[LoggedEvent, ...]:
        """Return the first events after an id, oldest first; to follow, ask again with the last id."""
        where, values = _filter(session)
        return self._select(f"id > ? {where} ORDER BY id LIMIT ?", (since, *values, limit))

    def latest(self, limit: int, session: str | None = None) -> tuple[LoggedEvent, ...]:
        """Return the last events, oldest first."""
        where, values = _filter(session)
        return self._select(f"id > 0 {where} ORDER BY id DESC LIMIT ?", (*values, limit))[::-1]

    def _select(self, where: str, values: tuple[Any, ...]) -> tuple[LoggedEvent, ...]:
        query = f"SELECT id, first, last, count, session, type, data FROM events WHERE {where}"  # noqa: S608 - constants
        rows = self._store.read(lambda db: db.execute(query, values).fetchall())
        return tuple(logged for row in rows if (logged := _logged(row)))


def _filter(session: str | None) -> tuple[str, tuple[str, ...]]:
    return ("", ()) if session is None else ("AND session = ?", (session,))


def _logged(row: tuple[Any, ...]) -> LoggedEvent | None:
    """Return a row as an event; ``None`` for a type that only a newer version knows."""
    id_, first, last, count, session, type_, data = row
    if type_ not in _KNOWN:
        return None
    event = Event(at=first, type=EventType(type_), session=session, data=json.loads(data))
    return LoggedEvent(id=id_, event=event, count=count, last=last)
