"""What the fleet allows at one time: mass changes, running sessions, starts and the rollout of switches."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ..model.observed import Presence
from ..model.plan import WAITING_GUARDS, Change, Doing, Guard, Hold, Leave, Restart, StartFresh, Stop
from ..model.session import Origin
from .case import Case, World

_STILL_COMING: Final = WAITING_GUARDS | {Guard.DELETE_GRACE, Guard.SOURCE}
"""Held by one of these, a stop is still on its way, and counts: else a mass of them would pass one by one."""


def disrupts(change: Change, world: World) -> bool:
    """Tell whether a stop or fresh start is coming that no person asked for by name."""
    action = change.action
    if isinstance(action, Hold):
        if action.guard not in _STILL_COMING:
            return False
        action = action.held
    if not isinstance(action, (Stop, StartFresh)) or change.session in world.approved:
        return False
    return world.cases[change.session].record.wanted is None


def mass_change(changes: Iterable[Change], world: World) -> str | None:
    """Return the sentence of the mass-change guard over all changes of the world, ``None`` when they are few."""
    limit = world.fleet.guards.mass_change
    count = sum(disrupts(change, world) for change in changes)
    if count < limit.at_least:
        return None
    managed = sum(_managed(case) for case in world.cases.values())
    if count * 100 <= limit.percent * managed:
        return None
    return (
        f"{count} of {managed} sessions would stop or start afresh: more than {limit.percent} %; approve a saved plan"
    )


def limited(changes: Iterable[Change], world: World, mass: str | None) -> list[Change]:
    """Hold back what is more than the fleet allows now, people's sessions first, then by name."""
    allowed = list(changes)
    coming = [at for at, change in enumerate(allowed) if not isinstance(change.action, (Leave, Hold))]
    gate = _Gate(world, mass)
    for at in sorted(coming, key=lambda at: rank(allowed[at], world)):
        change = allowed[at]
        if held := gate.holds(change):
            allowed[at] = replace(change, action=held)
    return allowed


def rank(change: Change, world: World) -> tuple[bool, bool, str]:
    """Return the place in the queue: what a person asked for by name, then people's sessions, then by name."""
    case = world.cases[change.session]
    by_ai = case.spec is not None and case.spec.origin is Origin.AI
    return case.record.wanted is None, by_ai, change.session


class _Gate:
    """Counts what it lets through."""

    def __init__(self, world: World, mass: str | None) -> None:
        self.world, self.mass = world, mass
        # What is being started is not looked at, so it does not count as living yet.
        self.running, self.starting, self.switching = world.running + world.starting, world.starting, world.switching

    def holds(self, change: Change) -> Hold | None:
        action = change.action
        if isinstance(action, (Leave, Hold)):
            return None
        if self.mass and disrupts(change, self.world):
            return Hold(action, Guard.MASS_CHANGE, self.mass)
        case = self.world.cases[change.session]
        return (
            None if isinstance(action, Stop) else self._switches(action, case) if case.lives else self._starts(action)
        )

    def _starts(self, action: Doing) -> Hold | None:
        limits = self.world.fleet.limits
        if self.running >= limits.running:
            sentence = f"{self.running} sessions run; limits.running is {limits.running}"
            return Hold(action, Guard.RUNNING_LIMIT, sentence)
        if self.starting >= limits.starts_at_once:
            sentence = f"{self.starting} sessions are starting; limits.starts_at_once is {limits.starts_at_once}"
            return Hold(action, Guard.STARTS_LIMIT, sentence)
        self.running, self.starting = self.running + 1, self.starting + 1
        return None

    def _switches(self, action: Doing, case: Case) -> Hold | None:
        """A person's own word for one session is no rollout."""
        if case.record.wanted is not None:
            return None
        back = isinstance(action, Restart) and action.parks is not None  # off a model that answers nothing
        if sentence := self._crowd() or (None if back else self._pace(case.name)):
            return Hold(action, Guard.ROLLOUT, sentence)
        self.switching += 1
        return None

    def _pace(self, name: str) -> str | None:
        rollout, state = self.world.fleet.rollout, self.world.rollout
        if state.halted:
            failures = max(state.failures, state.refusals)
            on = f"`muster restart {name}` tries this one, and if it works the rest goes on, as by an edit of the files"
            return f"the rollout is halted after {failures} failures; {on}"
        left = rollout.pause - self.world.now.since(state.last) if state.last else 0.0
        return f"rollout.pause: {left:.0f} s are left" if left > 0 else None

    def _crowd(self) -> str | None:
        most = self.world.fleet.rollout.at_once
        return f"{self.switching} sessions are switching; rollout.at_once is {most}" if self.switching >= most else None


def _managed(case: Case) -> bool:
    """Tell whether a session counts for the percentage: it runs, or should."""
    return case.observed.presence is not Presence.ABSENT or case.should_run
