"""Which sessions are likely to say something new, and when each is worth a glance.

A glance is some stats and what was appended (``Sight.stirred``), so that an answer, a change of model inside a session
or a refusal is noticed in a second and not at the next pass over everything. The longer a session has been quiet the
rarer it is glanced at, and one that has long been quiet is left to those passes: a thousand of them cost nothing.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from ..model.clock import Now
from ..model.observed import Activity
from ..model.session import RuntimeKind
from ..plan.case import Case

BEAT: Final = 1.0
"""Seconds between two glances at a session in which something just happened."""

_SLOWER: Final = 0.1
"""What has been quiet for a minute is glanced at every six seconds."""

_RAREST: Final = 15.0
"""Seconds; rarer glances gain little over the passes that come anyway."""

_RAREST_IN_USE: Final = 5.0
"""Seconds while a turn is under way or a person is at the terminal: it will say something. Not oftener: in a long turn
each glance finds lines that say nothing new, and reading them is what a glance costs."""


class _Watched(NamedTuple):
    """One session: the wall-clock second of the last that is known of it, and the boot-clock second of the glance."""

    last: float
    in_use: bool
    due: float


class Pulse:
    """Says who is due."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._watched: dict[str, _Watched] = {}

    def note(self, cases: Iterable[Case], now: Now) -> None:
        """Take in sessions as they were just looked at."""
        for case in cases:
            if not _tells(case):
                self._watched.pop(case.name, None)
                continue
            observed = case.observed
            since = now.wall - observed.idle_for if observed.idle_for else 0.0
            busy = observed.activity is Activity.BUSY
            spoke = observed.model.at if observed.model and not busy else 0.0
            self._plan(case.name, max(case.record.asked_at, since, spoke), busy or observed.attached, now)

    def due(self, now: Now) -> list[str]:
        """Return who is to be glanced at now; each will be due again, later the longer it has been quiet."""
        due = [(name, one) for name, one in self._watched.items() if one.due <= now.boot]
        for name, one in due:
            self._plan(name, one.last, one.in_use, now)
        return [name for name, _ in due]

    def _plan(self, name: str, last: float, in_use: bool, now: Now) -> None:  # noqa: FBT001 - private
        wait = max(BEAT, (now.wall - last) * _SLOWER)
        if in_use:
            wait = min(wait, _RAREST_IN_USE)
        if wait > _RAREST:
            self._watched.pop(name, None)
        else:
            self._watched[name] = _Watched(last, in_use, now.boot + wait)


def _tells(case: Case) -> bool:
    """Tell whether it runs and keeps files that say what it does."""
    profile = case.desired.profile if case.desired else None
    keeps = profile is not None and bool(profile.registry or profile.transcript)
    return case.lives and (keeps or case.record.runtime is RuntimeKind.ACP)
