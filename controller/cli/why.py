"""``muster why``: every layer of one session's model with its place, every guard, the next retry."""

import argparse
from functools import partial

from ..doors import joining, reading
from . import asking, parsing, places
from .console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which."""
    parser.add_argument("name", metavar="NAME", help="the session")
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Look and explain."""
    from ..plan import guards
    from ..views import why as view

    settings = places.settings(args)
    picture = joining.looking(settings, partial(joining.picture, strangers=True))
    if args.name not in picture.cases:
        raise reading.unknown(args.name, picture.cases)
    case = picture.cases[args.name]
    status = next(one for one in joining.statuses(picture) if one.name == args.name)
    verdicts = guards.verdicts(status.change, case, picture.world) if status.change else ()
    if args.json:
        console.json(view.as_json(case, status, picture.now, verdicts=verdicts))
    else:
        console.line(view.as_text(case, status, picture.now, verdicts=verdicts, colour=not console.plain))
    asking.note_silence(settings, console)
    return 0
