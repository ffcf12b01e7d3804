"""``muster events``: what happened, oldest first."""

import argparse
import time
from typing import TYPE_CHECKING, Final

from . import parsing, places
from .console import Console

if TYPE_CHECKING:
    from ..model.transaction import LoggedEvent

_LOOK_SECONDS: Final = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whose, how many, and whether to stay."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="one session's")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="the last N (50)")
    parser.add_argument("--follow", "-f", action="store_true", help="go on with what comes, until interrupted")
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Read the log of events; where there is none yet, there is nothing to show."""
    from ..record.events import EventLog
    from ..record.store import Access, Store

    with Store(places.settings(args).database, Access.READ) as store:
        log = EventLog(store)
        shown = log.latest(max(0, args.limit), args.name)
        _print(shown, args, console)
        while args.follow:
            time.sleep(_LOOK_SECONDS)
            last = shown[-1].id if shown else 0
            _print(added := log.events(last, args.name), args, console)
            shown = added or shown
    return 0


def _print(events: "tuple[LoggedEvent, ...]", args: argparse.Namespace, console: Console) -> None:
    from ..views import events as view

    for event in events:
        console.line(view.json_line(event) if args.json else view.line(event, colour=not console.plain))
    console.out.flush()
