"""``muster send``: a prompt to a headless session, or a line typed into a session that is ready to take it."""

import argparse
from typing import TYPE_CHECKING, Final

from ..errors import GuardHolds, MusterError
from . import joining, parsing, places, reading, talk_state
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..plan.case import Case
    from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom, and what."""
    parser.add_argument("name", metavar="NAME", help="the session")
    parser.add_argument("text", metavar="TEXT", help="what to say; one line, to a session with a terminal")
    parser.add_argument(
        "--force",
        action="store_true",
        help="also while it is busy, asks something, cannot be seen, or its input line is not empty",
    )
    headless = parser.add_argument_group("for sessions of the runtime acp, where prompts wait for their turn")
    headless.add_argument("--wait", action="store_true", help="print the answer as it comes, until its end")
    headless.add_argument(
        "--model", metavar="MODEL", help="first make it the model of the session's file, and wait until it is"
    )
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Say it to the session's keeper; where there is none, look at the session, then type."""
    settings = places.settings(args)
    if not talk_state.listens(settings, args.name) and _typed(settings, args):
        return 0
    from . import talk_model, talk_send

    if args.model:
        talk_model.bring(settings, args.name, args.model, console)
    return talk_send.send(settings, args, console)


def _typed(settings: "Settings", args: argparse.Namespace) -> bool:
    """Type into a session that has a terminal or reads lines; tell whether it is one."""

    async def type_it(controller: "Controller") -> bool:
        picture = await controller.look()
        if args.name not in picture.cases:
            raise reading.unknown(args.name, picture.cases)
        case = picture.cases[args.name]
        if talk_state.headless(case):
            return False
        _check(args)
        await _type(controller, case, args.text, force=args.force)
        return True

    return joining.looking(settings, type_it)


def _check(args: argparse.Namespace) -> None:
    """Refuse what only a keeper can do."""
    for said, option in ((args.wait, "--wait"), (args.model, "--model"), (args.json, "--json")):
        if said:
            hint = f"`muster wait {args.name}` and `muster set-model {args.name} MODEL` are commands of their own"
            raise MusterError(f"cannot send with {option}: {args.name} does not run under the runtime acp", hint=hint)
    if "\n" in args.text or "\r" in args.text:
        raise MusterError("cannot send more than one line: each would be taken as an answer of its own")


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
