"""``muster logs``: what a session without a terminal printed."""

import argparse
import time
from collections import deque
from pathlib import Path
from typing import Final

from ..errors import MusterError
from . import places
from .console import Console

_LOOK_SECONDS: Final = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the session, how much, and whether to stay."""
    parser.add_argument("name", metavar="NAME", help="the session")
    parser.add_argument("-n", "--lines", type=int, default=100, metavar="N", help="the last N lines (100)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes, until interrupted")


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the log's end."""
    log = places.settings(args).log_dir / f"{args.name}.log"
    if not log.exists():
        hint = f"a session in a terminal has none: `muster attach {args.name}` shows it"
        raise MusterError(f"cannot show what {args.name} printed: there is no {log}", hint=hint)
    with log.open("rb") as lines:
        for line in deque(lines, maxlen=max(0, args.lines)):
            console.line(line.decode(errors="replace").rstrip("\n"))
        end = lines.tell()
    if args.follow:
        _follow(log, end, console)
    return 0


def _follow(log: Path, end: int, console: Console) -> None:
    """Print what is appended; a log that was cut is read from its start."""
    while True:
        if log.stat().st_size < end:
            end = 0
        with log.open("rb") as added:
            added.seek(end)
            console.out.write(added.read().decode(errors="replace"))
            end = added.tell()
        console.out.flush()
        time.sleep(_LOOK_SECONDS)
