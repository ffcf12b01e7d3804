"""``muster plan``: what would change and why. A look: it touches nothing."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..doors import joining
from ..errors import InvalidFiles
from . import asking, parsing, places
from .console import Console

if TYPE_CHECKING:
    from ..loop.picture import Picture
    from ..model.plan import Plan
    from ..settings import Settings

CHANGES = 2
"""The exit code of "changes pending", by ``--detailed-exitcode`` alone."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is planned, and where it goes."""
    parsing.add_json(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="save the plan for `muster apply FILE`, which is used once"
    )
    parser.add_argument("--detailed-exitcode", action="store_true", help="end with 2 when changes are pending")
    parser.add_argument("--rev", metavar="REV", help="plan the files of this git revision against what runs now")


def run(args: argparse.Namespace, console: Console) -> int:
    """Look, plan, print."""
    from ..views import plan as view

    settings = places.settings(args)
    if args.out:
        _make_state(settings)
    picture = joining.looking(settings, lambda controller: joining.picture(controller, rev=args.rev))
    found = _saved(picture.plan, args.out) if args.out else picture.plan
    if args.json:
        console.json(view.as_json(found))
    else:
        console.line(view.as_text(found, colour=not console.plain))
    asking.note_silence(settings, console)
    return _code(picture, detailed=args.detailed_exitcode)


def _make_state(settings: "Settings") -> None:
    """Make the state where there is none: its name is in what a plan would start, and so in what is saved."""
    from ..record.facts import Facts
    from ..record.store import Store

    with Store(settings.database) as store:
        Facts(store).state_id()


def _saved(found: "Plan", path: Path) -> "Plan":
    """Write the plan, under a name of its own: it is used once."""
    import json
    import secrets

    from ..views import plan as view

    own = replace(found, plan_id=secrets.token_hex(6))
    path.write_text(json.dumps(view.as_json(own), indent=2) + "\n", encoding="utf-8")
    return own


def _code(picture: "Picture", *, detailed: bool) -> int:
    from ..model.plan import Leave
    from ..model.problem import Severity

    if any(problem.severity is Severity.ERROR for problem in picture.plan.problems):
        return InvalidFiles.exit_code
    changes = any(not isinstance(change.action, Leave) for change in picture.plan.changes)
    return CHANGES if detailed and changes else 0
