"""``muster logs``: the conversation of a headless session, or what a plain process printed."""

import argparse
import re
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import MusterError
from ..views.text import prose
from . import parsing, places
from .console import Console

if TYPE_CHECKING:
    from ..settings import Settings

_LOOK_SECONDS: Final = 0.2
_STYLE: Final = re.compile(r"\x1b\[[\d;:]*m")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the session, how much, and whether to stay."""
    parser.add_argument("name", metavar="NAME", help="the session")
    parser.add_argument("-n", "--lines", type=int, default=100, metavar="N", help="the last N lines (100)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes, until interrupted")
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the end of what there is."""
    settings = places.settings(args)
    log, journal = settings.log_dir / f"{args.name}.log", settings.journal_dir / f"{args.name}.jsonl"
    if _headless(settings, args.name, journal):
        from . import talk_log

        return talk_log.show(journal, args, console)
    if not log.exists():
        hint = f"a session in a terminal has none: `muster attach {args.name}` shows it"
        raise MusterError(f"cannot show what {args.name} printed: there is no {log}", hint=hint)
    if args.json:
        raise MusterError(f"cannot print JSON: {args.name} is no headless session, it printed plain lines to {log}")
    with log.open("rb") as lines:
        for line in deque(lines, maxlen=max(0, args.lines)):
            console.line(_plain(line).rstrip("\n"))
        end = lines.tell()
    if args.follow:
        _follow(log, end, console)
    return 0


def _plain(printed: bytes) -> str:
    """Return what a program printed, without its colours and without what else a terminal would obey."""
    return prose(_STYLE.sub("", printed.decode(errors="replace")))


def _headless(settings: "Settings", name: str, journal: Path) -> bool:
    """Tell whether the session's conversation is what is meant: its runtime may have been another one before."""
    from ..model.session import RuntimeKind
    from ..record.journal import Journal
    from ..record.store import Access, Store
    from ..runtimes.acp.journal import before

    if not journal.exists() and not before(journal).exists():
        return False
    with Store(settings.database, Access.READ) as store:
        return Journal(store).record(name).runtime in {RuntimeKind.ACP, None}


def _follow(log: Path, end: int, console: Console) -> None:
    """Print what is appended; a log that was cut is read from its start."""
    while True:
        if log.stat().st_size < end:
            end = 0
        with log.open("rb") as added:
            added.seek(end)
            console.out.write(_plain(added.read()))
            end = added.tell()
        console.out.flush()
        time.sleep(_LOOK_SECONDS)
