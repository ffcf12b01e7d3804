"""``muster restart``, ``fresh``, ``retry``: once, by a person's word, and within the laws."""

import argparse
from typing import TYPE_CHECKING

from . import asking, places
from .console import Console

if TYPE_CHECKING:
    from ..model.control import Ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom, and whether it waits for a better moment."""
    parser.add_argument("names", nargs="+", metavar="NAME", help="the sessions")
    parser.add_argument("--now", action="store_true", help="do not wait until they are idle: a turn under way is lost")


def run(args: argparse.Namespace, console: Console) -> int:
    """Leave the word in the state, and see it done."""
    return asking.tell(places.settings(args), _ask(args), console)


def _ask(args: argparse.Namespace) -> "Ask":
    from ..model.control import Ask, RequestKind

    names = tuple(args.names)
    return Ask(kind=RequestKind(args.verb), sessions=names, now=names if args.now else ())
