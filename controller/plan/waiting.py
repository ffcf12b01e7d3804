"""The guards that wait for a better moment, and the words that speak over them (law 2)."""

from dataclasses import replace

from ..model.observed import Activity, Presence
from ..model.plan import Doing, Guard, Restart, Start, StartFresh, SwitchInPlace
from ..model.session import SessionSpec, Then, Update, When, WhenAttached
from .case import Case, World

_NO_PROFILE_STABLE_IDLE = 1.0
"""Seconds; the default of profiles, for a session whose file is gone."""


def busy(doing: Doing, case: Case, world: World) -> str | None:
    """A turn is under way."""
    return _is(Activity.BUSY, "busy", doing, case, world, Guard.BUSY)


def waiting(doing: Doing, case: Case, world: World) -> str | None:
    """The agent asked a person something. What it asks because its model is refused is answered by another model."""
    replaced = doing.launch.model if isinstance(doing, (Restart, StartFresh)) else case.record.asked_model
    if case.observed.asks_for_model and replaced != case.record.asked_model:
        return None
    return _is(Activity.WAITING, "waiting for a person's answer", doing, case, world, Guard.WAITING)


def background(doing: Doing, case: Case, world: World) -> str | None:
    """Work goes on in the background: a stop would end it, a line typed in would not."""
    if isinstance(doing, SwitchInPlace):
        return None
    return _is(Activity.BACKGROUND, "background work goes on", doing, case, world, Guard.BACKGROUND)


def activity_unknown(doing: Doing, case: Case, world: World) -> str | None:
    """Nobody can say what the agent is doing."""
    return _is(Activity.UNKNOWN, "what it is doing cannot be seen", doing, case, world, Guard.ACTIVITY_UNKNOWN)


def settling(doing: Doing, case: Case, world: World) -> str | None:
    """It looks idle, but not for long enough to be believed. A keeper counts the turns itself."""
    stable = case.desired.profile.stable_idle if case.desired else _NO_PROFILE_STABLE_IDLE
    doubtful = case.observed.activity is Activity.IDLE and case.observed.keeper is None
    if not doubtful or case.observed.idle_for >= stable:
        return None
    if not _touches(doing, case) or _overruled(case, world, Guard.SETTLING):
        return None
    return f"idle for {case.observed.idle_for:.1f} s; believed after {stable:.1f} s"


def attached(doing: Doing, case: Case, world: World) -> str | None:
    """A person is at its terminal."""
    if not case.observed.attached or not _touches(doing, case) or _overruled(case, world, Guard.ATTACHED):
        return None
    return "somebody is attached; waits until they have left (update.attached: allow does not)"


def next_prompt(doing: Doing, case: Case, world: World) -> str | None:
    """The keeper knows, and waits for a prompt."""
    keeper = case.observed.keeper
    waits = isinstance(doing, SwitchInPlace) and doing.deferred and keeper is not None and keeper.wish == doing.model
    return "waits for the next prompt" if waits else None


def sharpened(doing: Doing, case: Case, world: World) -> Doing:
    """Return an action as the words that speak over waiting make it.

    A switch by protocol is never in mid-turn, so the turn is cancelled for it; ``--now`` does not wait for a prompt.
    """
    if not isinstance(doing, SwitchInPlace) or isinstance(doing.told, str):
        return doing
    later = doing.deferred and case.name not in world.person_said_now
    return replace(doing, deferred=later, interrupts=not later and _overruled(case, world, Guard.BUSY))


def _is(activity: Activity, words: str, doing: Doing, case: Case, world: World, guard: Guard) -> str | None:
    if case.observed.activity is not activity or not _touches(doing, case) or _overruled(case, world, guard):
        return None
    since = f" for {case.observed.idle_for:.0f} s" if case.observed.idle_for >= 1 else ""
    return f"{words}{since}; waits for idle"


def _touches(doing: Doing, case: Case) -> bool:
    """Tell whether the action would reach a process that may be there."""
    told_only = isinstance(doing, SwitchInPlace) and doing.deferred
    return not isinstance(doing, Start) and not told_only and case.observed.presence is not Presence.ABSENT


def _overruled(case: Case, world: World, guard: Guard) -> bool:
    """Tell whether a person's ``--now`` or the file's ``update`` speaks over a guard."""
    if case.name in world.person_said_now:
        return True
    update = (case.spec or SessionSpec()).update
    if guard is Guard.ATTACHED:
        return update.attached is WhenAttached.ALLOW
    return update.when is When.NOW or _waited_long_enough(update, case, world)


def _waited_long_enough(update: Update, case: Case, world: World) -> bool:
    since = case.record.pending_since
    if update.wait_at_most is None or update.then is Then.HOLD or since is None:
        return False
    return world.now.since(since) >= update.wait_at_most
