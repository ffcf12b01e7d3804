"""What the keeper of a headless session says: its statement, read when it changed and believed when it is its own."""

import json
import re
from typing import Final

from ..model.observed import Activity, KeeperSays, ObservedModel, ProcessIdentity
from ..model.profile import Profile
from ..model.session import RuntimeKind
from ..resolve.models import normalise
from ..wire.statement import Activity as Said
from ..wire.statement import SetBy, State, Statement
from .activity import Doing
from .files import Stamp, Unreadable, document, stamp

_LIMIT: Final = 1024 * 1024
"""Far above a long list of models."""
_DOING: Final = {Said.IDLE: Activity.IDLE, Said.BUSY: Activity.BUSY, Said.WAITING: Activity.WAITING}
_OURS: Final = frozenset({SetBy.MUSTER, SetBy.WISH})


class KeeperEye:
    """Follows one keeper's file."""

    def __init__(self, path: str, process: ProcessIdentity | None) -> None:
        """Prepare to look.

        :arg process: the keeper whose word counts; without one the last word of any, which may have ended.
        """
        self._path = path
        self._process = process
        self._stamp: Stamp | None = None
        self._said: Statement | None = None

    def look(self) -> Statement | None:
        """Return what the keeper says now; ``None`` when it has said nothing yet, or another one did."""
        try:
            now = stamp(self._path)
            if now != self._stamp:
                self._said = self._read() if now else None
                self._stamp = now
        except (Unreadable, ValueError, RecursionError):
            self._stamp = self._said = None
        return self._said

    def _read(self) -> Statement | None:
        said = Statement.from_json(json.loads(document(self._path, _LIMIT)))
        ours = self._process is None or (said.pid, said.ticks) == (self._process.pid, self._process.ticks)
        return said if ours else None


def doing(said: Statement) -> Doing:
    """Return what the agent does; before the conversation is open, and while it closes, nobody can say."""
    match said.state:
        case State.READY:
            return Doing(_DOING[said.activity], said.since)
        case _:
            return Doing(Activity.UNKNOWN, 0.0)


def says(said: Statement, profile: Profile) -> KeeperSays:
    """Return what a statement means, its values as the names people write."""
    return KeeperSays(
        model=_model(said.model, said.model_at, profile),
        told=said.model_by in _OURS,
        channel=said.channel,
        offered=said.offered,
        wish=said.wish_name,
        failed=said.wish_failed,
        queued=said.queued,
    )


def used(said: Statement, profile: Profile) -> ObservedModel | None:
    """Return the model of the last turn, where the agent tells it over the protocol."""
    return _model(said.used, said.used_at, profile)


def refused(said: Statement, profile: Profile) -> float:
    """Return when the provider refused the model of the last turn, by what that failed with; 0 when it did not."""
    rules = profile.runtimes[RuntimeKind.ACP].acp.refused if RuntimeKind.ACP in profile.runtimes else []
    known = said.failed is not None and any(re.search(rule, said.failed) for rule in rules)
    return said.failed_at or 0.0 if known else 0.0


def _model(raw: str | None, at: float | None, profile: Profile) -> ObservedModel | None:
    name = normalise(raw, profile) if raw else None
    return ObservedModel(raw=raw, name=name, at=at or 0.0) if raw and name else None
