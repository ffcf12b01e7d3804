"""Small keyed values: which state this is, the local override, the rollout, which saved plans were used."""

from enum import StrEnum
from sqlite3 import Connection
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from ..errors import StalePlan
from ..model.base import StoredValue
from ..model.record import LocalOverride, RolloutState
from ..model.transaction import Event
from . import events
from .errors import StateDamaged
from .store import Access, Store

if TYPE_CHECKING:  # brings logging along, which a command that only looks need not pay for
    from concurrent.futures import Future

V = TypeVar("V", bound=StoredValue)


class _Key(StrEnum):
    OVERRIDE = "override"
    ROLLOUT = "rollout"


class Facts:
    """The facts of one state."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def state_id(self) -> str:
        """Return the random name of this state, made with it; empty when there is none and we only look."""
        if self._store.access is Access.READ and self._store.new:
            return ""
        query = "SELECT json_extract(value, '$') FROM facts WHERE key = 'state_id'"
        return str(self._store.read(lambda db: db.execute(query).fetchone()[0]))

    def override(self) -> LocalOverride | None:
        """Return this host's override, expired or not."""
        return self._get(_Key.OVERRIDE, LocalOverride)

    def set_override(self, override: LocalOverride | None, event: Event) -> None:
        """Set the override or clear it, together with the event that tells of it.

        :raises StateUnwritable: when the disk refuses.
        """

        def work(db: Connection) -> None:
            _put(db, _Key.OVERRIDE, override)
            events.append(db, [event])

        self._store.write(work)

    def rollout(self) -> RolloutState:
        """Return how the rollout stands; a new one when nothing is remembered."""
        return self._get(_Key.ROLLOUT, RolloutState) or RolloutState()

    def put_rollout(self, state: RolloutState) -> "Future[None]":
        """Queue the rollout's standing; the future ends when it is durable."""
        return self._store.submit(lambda db: _put(db, _Key.ROLLOUT, state))

    def use_plan(self, plan_id: str, at: float) -> None:
        """Mark a saved plan as used.

        :raises StalePlan: when it was used before.
        """
        statement = "INSERT OR IGNORE INTO used_plans VALUES (?, ?)"
        if not self._store.write(lambda db: db.execute(statement, (plan_id, at)).rowcount):
            raise StalePlan(f"cannot apply the plan {plan_id}: it was used before", hint="make a new one")

    def _get(self, key: _Key, kind: type[V]) -> V | None:
        row = self._store.read(lambda db: db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone())
        try:
            return kind.model_validate_json(row[0]) if row else None
        except ValidationError as error:
            raise StateDamaged(f"cannot read the {key} from the state: {error.errors()[0]['msg']}") from error


def _put(db: Connection, key: _Key, value: StoredValue | None) -> None:
    if value is None:
        db.execute("DELETE FROM facts WHERE key = ?", (key,))
    else:
        db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value.model_dump_json()))
