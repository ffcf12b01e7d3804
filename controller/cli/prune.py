"""``muster prune``: what sessions without file and process left in the state; shown first, removed by --yes."""

import argparse
from typing import TYPE_CHECKING

from ..doors import joining
from . import parsing, places
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whether it is meant."""
    parser.add_argument("--yes", action="store_true", help="remove them; without it they are only shown")
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Show or remove."""
    settings = places.settings(args)
    names = joining.looking(settings, _vanished)
    if args.yes and names:
        _forget(settings, names)
    if args.json:
        console.json({"schema_version": 1, "removed": args.yes, "sessions": names})
        return 0
    for name in names:
        console.line(f"{'removed' if args.yes else 'would remove'} {name}")
    if not names:
        console.line("nothing to remove")
    elif not args.yes:
        console.note("--yes removes them; the agents' own conversations stay where they are")
    return 0


async def _vanished(controller: "Controller") -> list[str]:
    """Return sessions whose file is surely gone and whose process is; doubt keeps everything."""
    found = await joining.settled(controller)
    records = controller.journal.records()
    if found.doubtful:
        return []
    return sorted(name for name, record in records.items() if name not in found.sessions and record.process is None)


def _forget(settings: "Settings", names: list[str]) -> None:
    from ..model.transaction import Transaction
    from ..record.journal import Journal
    from ..record.store import Store

    with Store(settings.database) as store:
        Journal(store).commit_now(Transaction(forgotten=tuple(names)))
    for name in names:
        for left in (settings.log_dir / f"{name}.log", settings.journal_dir / f"{name}.jsonl"):
            for file in (left, left.with_name(f"{left.name}.1")):
                file.unlink(missing_ok=True)
