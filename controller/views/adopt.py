"""Agents without a file, for people and as JSON."""

from collections.abc import Sequence
from typing import Any, Protocol

from ..model.observed import Activity, Guest, Stranger
from . import SCHEMA_VERSION
from .status import activity_word
from .text import Colour, painted, table


class Found(Protocol):
    """One process; what observation calls adoptable is one."""

    @property
    def process(self) -> Stranger: ...
    @property
    def guest(self) -> Guest: ...
    @property
    def conversation(self) -> str | None: ...
    @property
    def model(self) -> str | None: ...
    @property
    def activity(self) -> Activity: ...
    @property
    def trouble(self) -> str | None: ...


_HEAD = ("pid", "agent", "model", "activity", "runs in", "conversation", "directory", "")


def as_text(found: Sequence[Found], *, colour: bool = False) -> str:
    """Return one line a process."""
    if not found:
        return "No agent of yours runs here without a file."
    head, *lines = table([_HEAD, *(_row(one) for one in found)])
    return "\n".join([painted(head, Colour.STRONG, wanted=colour), *lines])


def _row(one: Found) -> tuple[str, ...]:
    return (
        str(one.process.identity.pid),
        one.process.agent,
        one.model or "not known",
        activity_word(one.activity),
        one.guest.where,
        one.conversation or "not known",
        one.process.cwd or "not known",
        f"cannot be taken in: {one.trouble}" if one.trouble else "",
    )


def as_json(found: Sequence[Found]) -> dict[str, Any]:
    """Return the document of ``adopt --json``."""
    return {"schema_version": SCHEMA_VERSION, "processes": [_entry(one) for one in found]}


def _entry(one: Found) -> dict[str, Any]:
    return {
        "pid": one.process.identity.pid,
        "agent": one.process.agent,
        "cwd": one.process.cwd,
        "conversation": one.conversation,
        "model": one.model,
        "activity": one.activity.value,
        "terminal": "tmux" if one.guest.runtime else "terminal" if one.process.terminal else "none",
        "where": one.guest.where,
        "trouble": one.trouble,
    }
