"""``muster attach``: this terminal becomes the session's, or a chat with it; leaving it leaves the session running."""

import argparse
import os
from typing import TYPE_CHECKING

from ..doors import joining, reading
from ..errors import MusterError
from . import places, talk_state
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom."""
    parser.add_argument("name", metavar="NAME", help="the session")


def run(args: argparse.Namespace, console: Console) -> int:
    """Chat with the session's keeper; where there is none, find the command that attaches, and become it."""
    settings = places.settings(args)
    if not talk_state.listens(settings, args.name) and (command := _command(settings, args.name)):
        os.execvp(command[0], command)  # noqa: S606 - the runtime's own argv, without a shell
    from . import chat

    return chat.chat(settings, args.name, console)


def _command(settings: "Settings", name: str) -> tuple[str, ...]:
    """Return the command that brings a terminal to the session; empty for one without a terminal that has a keeper."""

    async def argv(controller: "Controller") -> tuple[str, ...]:
        picture = await controller.look()
        if name not in picture.cases:
            raise reading.unknown(name, picture.cases)
        case = picture.cases[name]
        if talk_state.headless(case):
            return ()
        kind = case.record.runtime
        if kind is None and case.lives and case.record.where:
            raise MusterError(f"cannot attach to {name}: it runs in {case.record.where}", hint="go there")
        if kind is None or not case.lives:
            raise MusterError(f"cannot attach to {name}: it does not run", hint=f"muster status {name}")
        if found := controller.sight.runtimes[kind].attach_argv(name):
            return found
        hint = f"muster logs {name}, muster send {name} TEXT"
        raise MusterError(f"cannot attach to {name}: its runtime, {kind}, has no terminal", hint=hint)

    return joining.looking(settings, argv)
