"""All sessions at a glance: a table, or the document of ``status --json``."""

from collections.abc import Sequence
from typing import Any, Final

from ..model.observed import Activity
from ..model.record import LocalOverride
from ..model.status import SessionState, SessionStatus
from . import SCHEMA_VERSION
from .actions import strategy_of
from .text import Colour, moment, painted, safe, table
from .tree import branches

_HEAD: Final = ("session", "agent", "tier", "origin", "desired", "asked", "observed", "activity", "state", "why")
_COLOURS: Final = {
    SessionState.VERIFIED: Colour.GOOD,
    SessionState.UNVERIFIED: Colour.GOOD,
    SessionState.STOPPED: Colour.QUIET,
    SessionState.SUSPENDED: Colour.QUIET,
    SessionState.PARKED: Colour.BAD,
    SessionState.INVALID: Colour.BAD,
    SessionState.FOREIGN: Colour.BAD,
}
"""What is in no list needs a look: careful."""


def as_text(
    statuses: Sequence[SessionStatus],
    *,
    colour: bool = False,
    revision: str | None = None,
    override: LocalOverride | None = None,
    tree: bool = False,
) -> str:
    """Return one line a session; an override of this host is said first, loudly.

    :param tree: each session below the one that spawned it.
    """
    drawn = tuple(branches(statuses)) if tree else tuple(("", status) for status in statuses)
    statuses = [status for _, status in drawn]
    lines = table([_HEAD, *(_row(status, before) for before, status in drawn)])
    head = painted(lines[0], Colour.STRONG, wanted=colour)
    body = [
        painted(line, _COLOURS.get(status.state, Colour.CAREFUL), wanted=colour)
        for line, status in zip(lines[1:], statuses, strict=True)
    ]
    loud = [painted(_override(override), Colour.BAD, wanted=colour)] if override else []
    foot = [f"files at {safe(revision[:12])}"] if revision else []
    return "\n".join([*loud, head, *body, *foot])


def as_json(
    statuses: Sequence[SessionStatus], *, revision: str | None = None, override: LocalOverride | None = None
) -> dict[str, Any]:
    """Return the document of ``status --json``; a part that is not known is null."""
    said = override and {"model": override.model, "until": moment(override.until), "reason": override.reason}
    return {
        "schema_version": SCHEMA_VERSION,
        "revision": revision,
        "override": said,
        "sessions": [entry(status) for status in statuses],
    }


def entry(status: SessionStatus) -> dict[str, Any]:
    """Return one session of the document."""
    observed = status.observed
    return {
        "name": status.name,
        "file": status.file,
        "agent": status.agent,
        "tier": status.tier,
        "origin": status.origin and status.origin.value,
        "parent": status.parent,
        "runtime": status.runtime and status.runtime.value,
        "desired": _desired(status),
        "asked": {"model": status.asked_model},
        "observed": {"model": observed and observed.name, "at": moment(observed.at) if observed else None},
        "state": status.state.value,
        "reason": str(status.reason),
        "message": status.message,
        "since": moment(status.since),
        "activity": activity_word(status.activity),
        "attached": status.attached,
        "pid": status.pid,
        "conversation": status.conversation,
        "pending": _pending(status),
    }


def activity_word(activity: Activity) -> str:
    """Return the word of the contract: an agent without a source of activity counts as idle."""
    return (Activity.IDLE if activity is Activity.NONE else activity).value


def _desired(status: SessionStatus) -> dict[str, str | None]:
    resolution = status.resolution
    winner = resolution.winner if resolution else None
    return {
        "model": resolution.model if resolution else None,
        "layer": winner.name.value if winner else None,
        "source": str(winner.mark) if winner and winner.mark else None,
    }


def _pending(status: SessionStatus) -> dict[str, str | None] | None:
    if status.change is None or (strategy := strategy_of(status.change.action)) == "none":
        return None
    return {"model": status.change.to_model, "strategy": strategy.value}


def _row(status: SessionStatus, before: str) -> tuple[str, ...]:
    desired = _desired(status)
    attached = " (attached)" if status.attached else ""
    here = status.pid is not None
    return (
        f"{before}{status.name}",
        status.agent or "-",
        status.tier or "-",
        status.origin or "-",
        f"{desired['model'] or '-'} ({desired['layer'] or '-'})",
        status.asked_model or "-",
        status.observed.name if status.observed else "-",
        f"{activity_word(status.activity)}{attached}" if here else "-",
        status.state.value,
        status.message,
    )


def _override(override: LocalOverride) -> str:
    reason = f": {safe(override.reason)}" if override.reason else ""
    return f"OVERRIDE on this host: {safe(override.model)} until {moment(override.until)}{reason}"
