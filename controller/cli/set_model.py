"""``muster set-model``: one word in one file: a session's model, a tier's, or the fleet's default."""

import argparse
from typing import TYPE_CHECKING

from ..doors import offers, reading, steering, who
from ..errors import UsageError
from . import editing, places
from .console import Console

if TYPE_CHECKING:
    from ..model.desired import Declared
    from ..model.loaded import Loaded
    from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whose model, and which."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the session, unless --tier or --default is said")
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model, an alias or a class (fast, balanced, powerful)"
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--tier", metavar="TIER", help="set the model of a tier in _fleet.yaml")
    whose.add_argument("--default", action="store_true", help="set defaults.model in _fleet.yaml")


def run(args: argparse.Namespace, console: Console) -> int:
    """Check the word against what the agents offer, then change that one value."""
    model = _word(args)
    settings = places.settings(args)
    loaded = reading.loaded(settings)
    if args.tier or args.default:
        _fleet(args, settings, loaded, model, console)
    else:
        declared = reading.session(loaded, args.name)
        set_session(settings, loaded, declared, model, console)
    editing.what_next(settings, console)
    return 0


def set_session(settings: "Settings", loaded: "Loaded", declared: "Declared", model: str, console: Console) -> None:
    """Write a session's model.

    :raises InvalidFiles: when it is above the ceiling of the session's origin.
    :raises NotAllowed: when an AI asks for more than it may.
    """
    said = editing.shown(lambda: steering.set_model(settings, who.who(settings), declared.name, model), console)
    editing.tell(said, console)


def _word(args: argparse.Namespace) -> str:
    """Return MODEL, which is the only word where no session is named."""
    of_fleet = bool(args.tier or args.default)
    said = [word for word in (args.name, args.model) if word is not None]
    if len(said) != (1 if of_fleet else 2):
        wanted = "MODEL alone" if of_fleet else "NAME and MODEL"
        raise UsageError(f"cannot set the model: say {wanted}", hint="`muster set-model --help` tells the arguments")
    return str(said[-1])


def _fleet(args: argparse.Namespace, settings: "Settings", loaded: "Loaded", model: str, console: Console) -> None:
    spec = loaded.fleet.spec
    told = {
        offers.agent_of(loaded, name)
        for name, one in loaded.sessions.items()
        if not args.tier or one.spec.tier == args.tier
    }
    for agent in sorted(told or {spec.defaults.agent or ""}):
        offers.require(loaded, agent, model)
    path = ("tiers", args.tier) if args.tier else ("defaults", "model")
    said = spec.tiers.get(args.tier) if args.tier else spec.defaults.model
    if isinstance(said, dict):
        raise UsageError(
            f"cannot set {'.'.join(path)}: it says a model for each agent",
            hint=f"edit {reading.fleet_file(settings, loaded)}, at {loaded.fleet.marks.get('.'.join(path))}",
        )
    editing.set_value(settings, reading.fleet_file(settings, loaded), path, model, console)
