"""``muster adopt``: agents that run without a file, and a file for each that is chosen. Nothing is signalled."""

import argparse
from typing import TYPE_CHECKING

from ..doors import reading
from ..errors import MusterError, PartlyFailed, UsageError
from . import adopting, editing, parsing, places
from .console import Console

if TYPE_CHECKING:
    from ..model.loaded import Loaded
    from ..observe.adoptable import Adoptable
    from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which, and whether to write."""
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("pid", nargs="?", type=int, metavar="PID", help="one process")
    chosen.add_argument("--all", action="store_true", help="every one that can be taken in")
    parser.add_argument("--write", action="store_true", help="write a file for each; without it they are only shown")
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Look; then write what was asked for."""
    from ..views import adopt as view

    if args.write and args.pid is None and not args.all:
        raise UsageError("cannot write: say which, by its PID or with --all")
    settings = places.settings(args)
    loaded = reading.loaded(settings)
    found = adopting.look(settings, loaded)
    if args.pid is not None:
        found = tuple(one for one in found if one.process.identity.pid == args.pid)
        if not found:
            raise MusterError(
                f"cannot adopt {args.pid}: it is no agent of yours without a file",
                hint="`muster adopt` lists them; those of other people, homes and sessions are left out",
            )
    if args.json:
        console.json(view.as_json(found))
    elif not args.write:
        console.line(view.as_text(found, colour=not console.plain))
    if args.write:
        _write(found, settings, loaded, console, quiet=args.json)
    return 0


def _write(
    found: "tuple[Adoptable, ...]", settings: "Settings", loaded: "Loaded", console: Console, *, quiet: bool
) -> None:
    """Write a file for each process that one can stand for.

    :raises MusterError: when the one process cannot be taken in.
    :raises PartlyFailed: when some of several cannot.
    """
    left = [one for one in found if one.trouble]
    if len(found) == 1 and left:
        raise MusterError(f"cannot adopt {found[0].process.identity.pid}: {found[0].trouble}")
    taken = adopting.taken_names(settings, loaded)
    for one in found:
        if one.trouble:
            console.note(f"{one.process.identity.pid}: {one.trouble}")
            continue
        name = adopting.name_for(one, taken)
        taken.add(name.casefold())
        text = adopting.text_of(one, settings, loaded)
        path = settings.directories[0] / f"{name}.yaml"
        adopting.check(settings, path.name, text)
        editing.change(settings, path, adopting.new_only(path, text), console)
        (console.note if quiet else console.line)(f"wrote {path} for process {one.process.identity.pid}")
    if len(left) < len(found):
        editing.what_next(settings, console)
    if left:
        raise PartlyFailed(f"cannot adopt {len(left)} of {len(found)} processes")
