"""The plan: a diff that a newcomer understands, or the document of ``plan --json``."""

from collections import Counter
from typing import Any, Final

from ..model.plan import Change, Hold, Leave, Plan, Reason, Strategy
from . import SCHEMA_VERSION, problems
from .actions import launch_of, strategy_of, word_for
from .text import Colour, painted, safe, table

_SIGNS: Final = {
    Strategy.START: ("+", Colour.GOOD),
    Strategy.IN_PLACE: ("~", Colour.CAREFUL),
    Strategy.RESTART: ("~", Colour.CAREFUL),
    Strategy.FRESH: ("*", Colour.BAD),
    Strategy.STOP: ("-", Colour.BAD),
    Strategy.NONE: ("?", Colour.QUIET),
}
_QUIET: Final = frozenset(
    {Reason.IN_SYNC, Reason.UNVERIFIED, Reason.ALREADY_STOPPED, Reason.SUSPENDED, Reason.ELSEWHERE, Reason.FILE_GONE}
)
"""Reasons to leave a session alone that are no news."""


def as_text(plan: Plan, *, colour: bool = False) -> str:
    """Return one line a change, then what is wrong in the files, then the sum."""
    shown = [change for change in plan.changes if not _is_quiet(change)]
    lines = table(_row(change) for change in shown)
    if colour:
        lines = [painted(line, _sign(change)[1], wanted=True) for line, change in zip(lines, shown, strict=True)]
    parts = ["\n".join(lines), problems.as_text(plan.problems, colour=colour), _summary(plan)]
    return "\n\n".join(part for part in parts if part)


def as_json(plan: Plan) -> dict[str, Any]:
    """Return the document of ``plan --json``; the same is saved by ``--out``."""
    return {
        "schema_version": SCHEMA_VERSION,
        "plan_id": plan.plan_id,
        "digest": plan.digest,
        "revision": plan.revision,
        "changes": [_entry(change) for change in plan.changes],
        "errors": problems.entries(plan.problems),
    }


def _entry(change: Change) -> dict[str, Any]:
    action, launch = change.action, launch_of(change.action)
    hold = {"guard": action.guard.value, "sentence": action.sentence} if isinstance(action, Hold) else None
    return {
        "session": change.session,
        "action": word_for(action),
        "strategy": strategy_of(action).value,
        "from_model": change.from_model,
        "to_model": change.to_model,
        "reason": change.reason.value,
        "detail": change.detail,
        "hold": hold,
        "argv": list(launch.argv) if launch else None,
    }


def _is_quiet(change: Change) -> bool:
    return isinstance(change.action, Leave) and change.reason in _QUIET


def _sign(change: Change) -> tuple[str, Colour]:
    return ("!", Colour.CAREFUL) if isinstance(change.action, Hold) else _SIGNS[strategy_of(change.action)]


def _row(change: Change) -> tuple[str, ...]:
    """A held action says first what holds it, and then why it is wanted at all."""
    strategy = strategy_of(change.action)
    verb = "left alone" if strategy is Strategy.NONE else strategy.value
    why = change.detail
    if strategy is Strategy.FRESH:
        why += "; the conversation is left behind"
    if isinstance(change.action, Hold):
        verb, why = f"{verb} held", f"{change.action.sentence} — {why}" if why else change.action.sentence
    return f"{_sign(change)[0]} {change.session}", verb, _models(change), why


def _models(change: Change) -> str:
    before, after = change.from_model, change.to_model
    if before == after:
        return before or ""
    return f"{before or 'nothing'} -> {after or 'nothing'}"


def _summary(plan: Plan) -> str:
    """Count what would happen; sessions in sync are only counted."""
    counts: Counter[str] = Counter()
    for change in plan.changes:
        held = isinstance(change.action, Hold)
        counts["held" if held else _SUMS[strategy_of(change.action)]] += 1
    order = [*_SUMS.values(), "held"]
    parts = [f"{counts[word]} {word}" for word in dict.fromkeys(order[1:]) if counts[word]]
    left = counts[_SUMS[Strategy.NONE]]
    revision = f" (files at {safe(plan.revision[:12])})" if plan.revision else ""
    if not parts:
        return f"Nothing to do: {left} {'session' if left == 1 else 'sessions'} as they should be.{revision}"
    return f"Plan: {', '.join(parts)}; {left} left alone.{revision}"


_SUMS: Final = {
    Strategy.NONE: "left alone",
    Strategy.START: "to start",
    Strategy.IN_PLACE: "to switch in place",
    Strategy.RESTART: "to restart",
    Strategy.FRESH: "to start afresh",
    Strategy.STOP: "to stop",
}
