"""``muster apply``: one pass now, or exactly a saved plan."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MusterError
from . import asking, parsing, passing, places
from .console import Console

if TYPE_CHECKING:
    from ..model.control import Answer, Ask
    from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the plan, and over whose guards a person speaks."""
    parser.add_argument(
        "plan", nargs="?", type=Path, metavar="PLAN", help="a file that `muster plan --out` wrote; used once"
    )
    parser.add_argument(
        "--now",
        nargs="+",
        default=[],
        metavar="NAME",
        help="do not wait until these sessions are idle: a turn under way is lost",
    )
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Ask the live controller, or make the pass here."""
    settings = places.settings(args)
    asking.check_known(settings, args.now)
    saved = _saved(args.plan) if args.plan else {}
    question = _ask(saved, args.now)
    if saved:
        _use(settings, str(saved["plan_id"]))
    if asking.is_live(settings):
        answer = asking.ask(settings, question, console, seconds=asking.DONE_SECONDS)
    else:
        answer = _applied(settings, question, console)
    _print(args, answer, console)
    return answer.exit_code


def _applied(settings: "Settings", question: "Ask", console: Console) -> "Answer":
    """Make the passes here; what was done is told beside what was held or failed."""
    from ..model.outcome import End
    from ..views.actions import strategy_of

    answer, outcomes = passing.applied(settings, question, console)
    done = {
        one.change.session: f"{strategy_of(one.change.action)} done in {one.seconds:.1f} s, on {one.change.to_model}"
        for one in outcomes
        if one.end is End.DONE
    }
    return answer.model_copy(update={"sessions": {**done, **answer.sessions}})


def _saved(path: Path) -> dict[str, Any]:
    """Return a saved plan.

    :raises MusterError: when the file is none.
    """
    import json

    hint = "make one by `muster plan --out FILE`"
    try:
        saved = json.loads(path.read_bytes())
        if saved["schema_version"] == 1 and saved["plan_id"] and saved["digest"]:
            return dict(saved)
    except OSError as error:
        raise MusterError(f"cannot read {path}: {error.strerror}", hint=hint) from error
    except (ValueError, KeyError, TypeError):
        pass
    raise MusterError(f"cannot apply {path}: it is no saved plan", hint=hint)


def _ask(saved: dict[str, Any], now: list[str]) -> "Ask":
    from ..model.control import Ask, RequestKind

    approved = tuple(change["session"] for change in saved.get("changes", ()) if change["strategy"] != "none")
    return Ask(kind=RequestKind.APPLY, approved=approved, now=tuple(now), digest=saved.get("digest"))


def _use(settings: "Settings", plan_id: str) -> None:
    """Mark the plan as used, before anything is done by it: killed in between, it is not done twice."""
    import time

    from ..record.facts import Facts
    from ..record.store import Store

    with Store(settings.database) as store:
        Facts(store).use_plan(plan_id, time.time())


def _print(args: argparse.Namespace, answer: "Answer", console: Console) -> None:
    if args.json:
        console.json({"schema_version": 1, **answer.model_dump()})
        return
    for name, sentence in sorted(answer.sessions.items()):
        console.line(f"{name}: {sentence}")
    console.line(answer.message)
