"""``muster import``: what another system has written down, as session files. Nothing of it is changed."""

import argparse
from pathlib import Path

from ..errors import MusterError, PartlyFailed
from . import importing, parsing, places
from .console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whose records, where they are, and whether to write."""
    from ..imports.systems import SYSTEMS

    parser.add_argument("system", choices=SYSTEMS, help="who wrote the records")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="its files, or the directory with them")
    parser.add_argument("--write", action="store_true", help="write the session files; without it they are only shown")
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Read, show, and write what was asked for.

    :raises MusterError: when nothing could be brought in.
    :raises PartlyFailed: when some of it could not.
    """
    from ..imports import systems
    from ..model.imported import Deed
    from ..views import imports as view

    settings = places.settings(args)
    found = importing.overview(settings, systems.found(args.system, args.paths))
    if args.json:
        console.json(view.as_json(found))
    else:
        console.line(view.as_text(found, colour=not console.plain))
    if args.write:
        importing.write(settings, found.incoming, console, quiet=args.json)
    if found.troubles:
        useful = any(one.deed is not Deed.REFUSED for one in found.incoming) or found.fleet_patch
        said = view.count(len(found.troubles), "trouble")
        kind = PartlyFailed if useful else MusterError
        raise kind(f"cannot bring in everything of {found.found.system}: {said} told above")
    return 0
