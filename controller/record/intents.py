"""The journal of intents: what was about to be done, kept until it is known how it ended."""

from collections.abc import Iterable
from sqlite3 import Connection

from pydantic import ValidationError

from ..model.record import Intent
from .errors import StateDamaged


def put(db: Connection, intents: Iterable[Intent]) -> None:
    """Write intents down; an id that is open already is an error of the caller (``sqlite3.IntegrityError``)."""
    db.executemany("INSERT INTO intents VALUES (?, ?)", ((intent.id, intent.model_dump_json()) for intent in intents))


def close(db: Connection, ids: Iterable[str]) -> None:
    """Strike intents out; one that is closed already is fine."""
    db.executemany("DELETE FROM intents WHERE id = ?", ((id_,) for id_ in ids))


def all_open(db: Connection) -> tuple[Intent, ...]:
    """Return the intents that nobody closed, the oldest first."""
    try:
        found = [Intent.model_validate_json(value) for (value,) in db.execute("SELECT value FROM intents")]
    except ValidationError as error:
        raise StateDamaged(f"cannot read the journal of intents: {error.errors()[0]['msg']}") from error
    return tuple(sorted(found, key=lambda intent: (intent.wall, intent.id)))
