"""``muster send``: a prompt to a headless session, or a line typed into a session that is ready to take it."""

import argparse
from typing import TYPE_CHECKING

from ..doors import edits, joining, reading, saying, who
from ..errors import MusterError
from . import parsing, places, talk_state
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller
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
    edits.no_command(who.who(settings), args.text)
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
        await saying.say(controller, case, args.text, force=args.force)
        return True

    return joining.looking(settings, type_it)


def _check(args: argparse.Namespace) -> None:
    """Refuse what only a keeper can do."""
    for said, option in ((args.wait, "--wait"), (args.model, "--model"), (args.json, "--json")):
        if said:
            hint = f"`muster wait {args.name}` and `muster set-model {args.name} MODEL` are commands of their own"
            raise MusterError(f"cannot send with {option}: {args.name} does not run under the runtime acp", hint=hint)
