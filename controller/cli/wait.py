"""``muster wait``: for pipelines; ends when a session is as it was asked for, or with the reason why not."""

import argparse
from typing import TYPE_CHECKING

from ..doors import joining, waiting
from ..errors import UsageError
from . import places
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom, for what, and for how long."""
    parser.add_argument("name", metavar="NAME", help="the session")
    parser.add_argument(
        "--for", dest="fact", choices=waiting.FACTS, default="applied", help="what to wait for (applied)"
    )
    parser.add_argument("--timeout", default="5m", metavar="TIME", help="how long at most: 30s, 5m, 2h (5m)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Look again and again."""
    from ..model.scalars import parse_duration

    try:
        seconds = parse_duration(args.timeout)
    except ValueError as error:
        raise UsageError(f"cannot wait: {error}") from error

    async def until(controller: "Controller") -> None:
        await waiting.until(controller, args.name, args.fact, seconds, console.progress)

    joining.looking(places.settings(args), until)
    return 0
