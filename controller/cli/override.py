"""``muster override``: a temporary model above everything, on this host; it expires by itself."""

import argparse
import time
from typing import TYPE_CHECKING

from ..doors import offers, reading
from ..errors import UsageError
from . import asking, places
from .console import Console

if TYPE_CHECKING:
    from ..model.loaded import Loaded
    from ..model.record import LocalOverride
    from ..model.transaction import Event


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the model and its end, or the clearing."""
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model, an alias or a class (fast, balanced, powerful)"
    )
    parser.add_argument("--for", dest="duration", metavar="TIME", help="how long: 30m, 2h, 1d")
    parser.add_argument("--reason", metavar="TEXT", help="shown wherever the override is shown")
    parser.add_argument("--clear", action="store_true", help="end it now")


def run(args: argparse.Namespace, console: Console) -> int:
    """Set the override in the state, or clear it, and wake the controller."""
    from ..record.facts import Facts
    from ..record.store import Store

    if args.clear == bool(args.model) or bool(args.model) != bool(args.duration):
        raise UsageError("cannot override: say MODEL and --for TIME, or --clear", hint="muster override fast --for 2h")
    settings = places.settings(args)
    override = None if args.clear else _override(args)
    if override:
        _check_offered(reading.loaded(settings), override.model, console)
    with Store(settings.database) as store:
        Facts(store).set_override(override, _event(override))
    if asking.is_live(settings):
        asking.wake(settings)
    if override is None:
        console.line("override cleared")
    else:
        end = time.strftime("%Y-%m-%d %H:%M", time.localtime(override.until))
        console.line(f"every session on this host uses {override.model} until {end}")
    return 0


def _override(args: argparse.Namespace) -> "LocalOverride":
    from ..model.record import LocalOverride
    from ..model.scalars import parse_duration

    try:
        seconds = parse_duration(args.duration)
    except ValueError as error:
        raise UsageError(f"cannot override: {error}") from error
    return LocalOverride(model=args.model, until=time.time() + seconds, reason=args.reason)


def _check_offered(found: "Loaded", model: str, console: Console) -> None:
    """Refuse a word that means nothing to any agent in use; name the agents to which it means nothing."""
    agents = sorted(
        {offers.agent_of(found, name) for name in found.sessions} or {found.fleet.spec.defaults.agent or ""}
    )
    without = [agent for agent in agents if not offers.model_of(found, agent, model)]
    if without == agents:
        offers.require(found, agents[0], model)
    for agent in without:
        console.note(f"{agent} does not offer {model}: its sessions do what their files say of `unavailable`")


def _event(override: "LocalOverride | None") -> "Event":
    from ..model.event import EventType
    from ..model.transaction import Event

    if override is None:
        return Event(at=time.time(), type=EventType.OVERRIDE_CLEARED)
    data: dict[str, str | int | float | bool | None] = {
        "model": override.model,
        "until": override.until,
        "reason": override.reason,
    }
    return Event(at=time.time(), type=EventType.OVERRIDE_SET, data=data)
