"""``muster send``: a line, typed into a session that is ours and ready to take it."""

import argparse
from typing import TYPE_CHECKING, Final

from ..errors import GuardHolds, MusterError
from . import joining, places, reading
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..plan.case import Case


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom, and what."""
    parser.add_argument("name", metavar="NAME", help="the session")
    parser.add_argument("text", metavar="TEXT", help="one line")
    parser.add_argument(
        "--force",
        action="store_true",
        help="also while it is busy, asks something, cannot be seen, or its input line is not empty",
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Look at the session, then type."""
    if "\n" in args.text or "\r" in args.text:
        raise MusterError("cannot send more than one line: each would be taken as an answer of its own")

    async def type_it(controller: "Controller") -> None:
        picture = await controller.look()
        if args.name not in picture.cases:
            raise reading.unknown(args.name, picture.cases)
        await _type(controller, picture.cases[args.name], args.text, force=args.force)

    joining.looking(places.settings(args), type_it)
    return 0


async def _type(controller: "Controller", case: "Case", text: str, *, force: bool) -> None:
    from ..model.observed import Presence
    from ..runtimes.table import WITH_TERMINAL

    process, runtime = case.record.process, case.record.runtime
    if process is None or runtime is None or case.observed.presence is not Presence.RUNNING:
        raise MusterError(f"cannot send to {case.name}: it does not run", hint=f"`muster status {case.name}` tells why")
    line = _input_line(case)
    if not force and (why := _not_now(case) or (_NO_LINE if line is None and runtime in WITH_TERMINAL else None)):
        raise GuardHolds(f"cannot send to {case.name}: {why}", hint="--force types it all the same")
    await controller.sight.runtimes[runtime].type(case.name, process, text, into=None if force else line)


_NO_LINE: Final = "its profile does not say how an empty input line looks (input_line)"


def _input_line(case: "Case") -> str | None:
    from ..model.session import RuntimeKind

    profile, runtime = case.desired.profile if case.desired else None, case.record.runtime
    if profile is None or runtime is None:
        return None
    known = profile.runtimes.get(RuntimeKind.TMUX if runtime is RuntimeKind.PANE else runtime)
    return known.input_line if known else None


def _not_now(case: "Case") -> str | None:
    """Tell why a line would be taken for something else than a prompt.

    A plain process reads its lines one after the other, so a line for a busy one waits its turn; in a terminal it
    would be keys for whatever is on the screen.
    """
    from ..model.observed import Activity
    from ..model.session import RuntimeKind

    match case.observed.activity:
        case Activity.IDLE | Activity.NONE | Activity.BACKGROUND:
            return None
        case Activity.BUSY:
            return None if case.record.runtime is RuntimeKind.PROCESS else "it is busy"
        case Activity.WAITING:
            return "it waits for an answer to a question of its own"
        case Activity.UNKNOWN:
            return "what it is doing cannot be seen"
