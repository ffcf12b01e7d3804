"""``muster attach``: this terminal becomes the session's; leaving it leaves the session running."""

import argparse
import os
from typing import TYPE_CHECKING

from ..errors import MusterError
from . import joining, places, reading
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom."""
    parser.add_argument("name", metavar="NAME", help="the session")


def run(args: argparse.Namespace, console: Console) -> int:
    """Find the command that attaches, and become it."""

    async def argv(controller: "Controller") -> tuple[str, ...]:
        picture = await controller.look()
        if args.name not in picture.cases:
            raise reading.unknown(args.name, picture.cases)
        case = picture.cases[args.name]
        kind = case.record.runtime
        if kind is None and case.lives and case.record.where:
            raise MusterError(f"cannot attach to {args.name}: it runs in {case.record.where}", hint="go there")
        if kind is None or not case.lives:
            raise MusterError(f"cannot attach to {args.name}: it does not run", hint=f"muster status {args.name}")
        if found := controller.sight.runtimes[kind].attach_argv(args.name):
            return found
        hint = f"muster logs {args.name}, muster send {args.name} TEXT"
        raise MusterError(f"cannot attach to {args.name}: its runtime, {kind}, has no terminal", hint=hint)

    command = joining.looking(places.settings(args), argv)
    os.execvp(command[0], command)  # noqa: S606 - the runtime's own argv, without a shell
