"""``muster reset-model``: take a session's own word out of its file; the tables speak again."""

import argparse

from ..doors import reading
from . import editing, places
from .console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whose."""
    parser.add_argument("name", metavar="NAME", help="the session")


def run(args: argparse.Namespace, console: Console) -> int:
    """Remove the key."""
    settings = places.settings(args)
    declared = reading.session(reading.loaded(settings), args.name)
    editing.remove_key(settings, declared, "model", console)
    editing.what_next(settings, console)
    return 0
