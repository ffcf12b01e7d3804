"""``muster new``: a session's file in the writable directory, for a person or for an AI in one of the sessions."""

import argparse
from dataclasses import fields

from ..doors import births, who
from . import editing, places
from .console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the name and the fields that one sets at birth."""
    parser.add_argument("name", metavar="NAME", help="the session's name, and the file's")
    parser.add_argument("--origin", choices=["human", "ai"], help="who asks for it; inside a session always ai")
    parser.add_argument("--parent", metavar="PARENT", help="who spawned it; inside a session always that one")
    for one in fields(births.Birth)[1:]:
        parser.add_argument(f"--{one.name}", metavar=one.name.upper(), help=f"the file's `{one.name}`")


def run(args: argparse.Namespace, console: Console) -> int:
    """Find out who asks, and write the file."""
    settings = places.settings(args)
    birth = births.Birth(**{one.name: getattr(args, one.name) for one in fields(births.Birth)})
    asker = who.who(settings)
    path = editing.shown(
        lambda: births.new_session(settings, asker, birth, origin=args.origin, parent=args.parent), console
    )
    console.line(f"wrote {path}")
    editing.what_next(settings, console)
    return 0
