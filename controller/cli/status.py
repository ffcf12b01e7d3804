"""``muster status``: every session: desired, asked and observed model, state and reason."""

import argparse
import time
from typing import TYPE_CHECKING, Final

from ..doors import joining, reading
from ..errors import UsageError
from . import asking, parsing, places
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..loop.picture import Picture

_WATCH_SECONDS: Final = 1.0
_CLEAR: Final = "\x1b[H\x1b[2J"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which session, and whether to stay."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="one session")
    parsing.add_json(parser)
    parser.add_argument("--tree", action="store_true", help="each session below the one that spawned it")
    parser.add_argument("--watch", action="store_true", help="show it again every second, until interrupted")


def run(args: argparse.Namespace, console: Console) -> int:
    """Look and print."""
    if args.watch and args.json:
        raise UsageError("cannot watch as JSON: say one of --watch and --json", hint="`muster events --json --follow`")

    async def show(controller: "Controller") -> None:
        import asyncio

        while True:
            _print(args, await joining.picture(controller, strangers=bool(args.name)), controller, console)
            asking.note_silence(controller.settings, console)
            if not args.watch:
                return
            await asyncio.sleep(_WATCH_SECONDS)

    joining.looking(places.settings(args), show)
    return 0


def _print(args: argparse.Namespace, picture: "Picture", controller: "Controller", console: Console) -> None:
    from ..views import status as view

    if args.name and args.name not in picture.cases:
        raise reading.unknown(args.name, picture.cases)
    statuses = [one for one in joining.statuses(picture) if args.name in {None, one.name}]
    override = controller.sight.override
    override = override if override and override.until > picture.now.wall else None
    revision = picture.loaded.revision
    if args.json:
        console.json(view.as_json(statuses, revision=revision, override=override))
        return
    text = view.as_text(statuses, colour=not console.plain, revision=revision, override=override, tree=args.tree)
    if not statuses and not args.watch:
        console.note("no session here: `muster init` makes a directory for their files, `muster new NAME` writes one")
    if args.watch and console.out.isatty():
        console.out.write(_CLEAR)
        text = f"{time.strftime('%H:%M:%S')}\n{text}"
    console.line(text)
