"""``muster pin``: write the model that is in force into the session's file, so that tables do not move it any more."""

import argparse
from typing import TYPE_CHECKING

from ..doors import offers, reading
from ..errors import MusterError
from . import editing, places, set_model
from .console import Console

if TYPE_CHECKING:
    from ..model.loaded import Loaded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whose."""
    parser.add_argument("name", metavar="NAME", help="the session")


def run(args: argparse.Namespace, console: Console) -> int:
    """Resolve the session's model and write it; a temporary override is not what is meant."""
    settings = places.settings(args)
    loaded = reading.loaded(settings)
    declared = reading.session(loaded, args.name)
    set_model.set_session(settings, loaded, declared, _in_force(loaded, args.name), console)
    editing.what_next(settings, console)
    return 0


def _in_force(loaded: "Loaded", name: str) -> str:
    """Return the model that the files give the session, overrides left out."""
    from ..resolve.lasting import lasting

    resolution = lasting(loaded.sessions[name], loaded, offers.profile(loaded, offers.agent_of(loaded, name)))
    if resolution.model is None:
        raise MusterError(f"cannot pin {name}: {resolution.trouble}")
    return resolution.model
