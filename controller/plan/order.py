"""The whole plan, the part of it that is asked for, and what is done first."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, assert_never

from ..model.plan import (
    WAITING_GUARDS,
    Action,
    Change,
    Guard,
    Hold,
    Launch,
    Leave,
    Plan,
    Restart,
    Start,
    StartFresh,
    Stop,
    SwitchInPlace,
)
from ..model.problem import Problem
from .case import World
from .guards import decide
from .limits import disrupts, limited, mass_change, rank

PASSING: Final = WAITING_GUARDS | {
    Guard.UNKNOWN,
    Guard.BACK_OFF,
    Guard.DELETE_GRACE,
    Guard.MASS_CHANGE,
    Guard.RUNNING_LIMIT,
    Guard.STARTS_LIMIT,
    Guard.ROLLOUT,
}
"""Guards of the moment: held by one of them, an action is the same decision as without it. An approval lifts
MASS_CHANGE, and must not make the plan that it approves stale."""


def plan(
    world: World, problems: tuple[Problem, ...] = (), revision: str | None = None, plan_id: str | None = None
) -> Plan:
    """Decide every session of the world.

    :param plan_id: a random one for a plan that is saved; else the beginning of the digest.
    """
    decided = [decide(case, world) for _, case in sorted(world.cases.items())]
    changes = tuple(limited(decided, world, mass_change(decided, world)))
    found = digest(changes)
    return Plan(plan_id=plan_id or found[:12], digest=found, changes=changes, problems=problems, revision=revision)


def decide_some(world: World, names: Iterable[str]) -> tuple[Change, ...]:
    """Decide some sessions of the world, by name; the others are only looked at when one of these would stop.

    Else a mass of stops would pass the mass-change guard one by one.
    """
    decided = [decide(world.cases[name], world) for name in sorted(set(names)) if name in world.cases]
    mass = None
    if any(disrupts(change, world) for change in decided):
        mass = mass_change((decide(case, world) for case in world.cases.values()), world)
    return tuple(limited(decided, world, mass))


def in_order(changes: Iterable[Change], world: World) -> list[Change]:
    """Return what is to be done, in its order: stops make room, running sessions move, then the rest starts."""
    doing = [change for change in changes if not isinstance(change.action, (Leave, Hold))]
    return sorted(doing, key=lambda change: (_turn(change.action), rank(change, world)))


def digest(changes: Iterable[Change]) -> str:
    """Return a digest of what is decided, without activity and time: equal digests are equal plans."""
    lines = "\n".join(f"{change.session}\0{_decided(change.action)}" for change in changes)
    return blake2b(lines.encode(), digest_size=32).hexdigest()


def _turn(action: Action) -> int:
    return 0 if isinstance(action, Stop) else 2 if isinstance(action, Start) else 1


def _decided(action: Action) -> str:
    match action:
        case Leave():
            return ""
        case Hold(held=held, guard=guard):
            return _decided(held) if guard in PASSING else f"hold {guard} {_decided(held)}"
        case Start(launch=launch, fresh=fresh):
            return f"start {_launched(launch)}{f' / {_launched(fresh)}' if fresh else ''}"
        case SwitchInPlace(model=model, told=told):
            return f"switch {told if isinstance(told, str) else model}"
        case Restart(launch=launch, back=back, fresh=fresh):
            ways = (_launched(way) if way else "" for way in (launch, back, fresh))
            return f"restart {' / '.join(ways)}"
        case StartFresh(launch=launch):
            return f"fresh {_launched(launch)}"
        case Stop():
            return "stop"
        case never:
            assert_never(never)


def _launched(launch: Launch) -> str:
    """The fingerprint stands for the environment: it has only digests of its values."""
    fields = sorted(launch.fingerprint.fields.items())
    return repr((launch.argv, launch.model, launch.effort, launch.conversation, launch.cwd, fields))
