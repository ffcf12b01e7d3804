"""Why a session is on its model and in its state: every layer with its place, every guard, the next try."""

from collections.abc import Sequence
from typing import Any, Protocol

from ..model.clock import Now
from ..model.desired import Desired, Layer, Resolution
from ..model.observed import Observed
from ..model.plan import Guard, Hold
from ..model.record import SessionRecord
from ..model.status import SessionStatus
from . import SCHEMA_VERSION
from .actions import strategy_of
from .status import activity_word, entry
from .text import Colour, duration, moment, painted, safe, table


class Sides(Protocol):
    """A session from the sides that are explained; the planner's case is one."""

    @property
    def desired(self) -> Desired | None: ...
    @property
    def observed(self) -> Observed: ...
    @property
    def record(self) -> SessionRecord: ...


Verdicts = Sequence[tuple[Guard, str | None]]


def as_text(case: Sides, status: SessionStatus, now: Now, *, verdicts: Verdicts = (), colour: bool = False) -> str:
    """Return the whole story in paragraphs.

    :param verdicts: what every guard says about the planned action; ``None`` for one that lets it pass.
    """
    head = painted(f"{safe(status.name)}: {status.state.value}", Colour.STRONG, wanted=colour)
    parts = [f"{head}: {safe(status.message)}"]
    if case.desired:
        parts.append("\n".join(["model", *_layers(case.desired.resolution, colour=colour)]))
    parts.append("\n".join(["process", *table(_process(case, status))]))
    if status.change and (guards := _guards(status, verdicts)):
        parts.append("\n".join([f"guards of {strategy_of(status.change.action).value}", *table(guards)]))
    if notes := _notes(case, now):
        parts.append("\n".join(notes))
    return "\n\n".join(parts)


def as_json(case: Sides, status: SessionStatus, now: Now, *, verdicts: Verdicts = ()) -> dict[str, Any]:
    """Return the document of ``why --json``: the session as in ``status --json``, and what led to it."""
    resolution = case.desired.resolution if case.desired else None
    left = _retry_in(case.record, now)
    return {
        "schema_version": SCHEMA_VERSION,
        "session": entry(status),
        "layers": [_layer_entry(layer, resolution) for layer in resolution.layers] if resolution else [],
        "ceiling": resolution.ceiling if resolution else None,
        "trouble": resolution.trouble if resolution else None,
        "guards": [{"guard": guard.value, "sentence": sentence} for guard, sentence in _asked(status, verdicts)],
        "failures": case.record.failures,
        "last_error": case.record.last_error,
        "parked": case.record.parked,
        "retry_at": moment(now.wall + left) if left else None,
        "strangers": [
            {"pid": stranger.identity.pid, "owner": stranger.owner or None, "agent": stranger.agent}
            for stranger in case.observed.strangers
        ],
    }


def _layer_entry(layer: Layer, resolution: Resolution) -> dict[str, Any]:
    return {
        "layer": layer.name.value,
        "said": layer.said,
        "model": layer.model,
        "source": str(layer.mark) if layer.mark else None,
        "note": layer.note,
        "wins": layer is resolution.winner,
    }


def _layers(resolution: Resolution, *, colour: bool) -> list[str]:
    rows = [_layer_row(layer, wins=layer is resolution.winner) for layer in resolution.layers]
    lines = [
        painted(line, Colour.GOOD, wanted=colour and layer is resolution.winner)
        for line, layer in zip(table(rows), resolution.layers, strict=True)
    ]
    if resolution.ceiling:
        lines.append(f"  lowered to {resolution.ceiling}: the ceiling of its origin")
    if resolution.trouble:
        lines.append(f"  {safe(resolution.trouble)}")
    return lines


def _layer_row(layer: Layer, *, wins: bool) -> tuple[str, ...]:
    meant = layer.said or "-"
    if layer.said and layer.model != layer.said:
        meant = f"{layer.said} = {layer.model or 'not offered'}"
    place = str(layer.mark) if layer.mark else "built in" if layer.said and not layer.note else ""
    return f"{'>' if wins else ' '} {layer.name.value}", meant, "  ".join(part for part in (place, layer.note) if part)


def _process(case: Sides, status: SessionStatus) -> list[tuple[str, str]]:
    observed, seen = case.observed, status.observed
    reported = "-"
    if seen:
        beside = [f"reported as {seen.raw}"] if seen.raw != seen.name else []
        beside += ["the provider's fallback"] if seen.fallback else []
        beside += [at] if (at := moment(seen.at)) else []
        reported = f"{seen.name} ({', '.join(beside)})" if beside else seen.name
    since = f" for {duration(observed.idle_for)}" if observed.idle_for >= 1 else ""
    pid = f"pid {status.pid}" if status.pid else observed.exit or "none"
    rows = [
        ("  process", f"{observed.presence.value}, {pid}"),
        ("  asked", status.asked_model or "-"),
        ("  observed", reported),
        ("  activity", f"{activity_word(observed.activity)}{since}{', attached' if observed.attached else ''}"),
        ("  conversation", status.conversation or "-"),
    ]
    rows += [("  place", case.record.where)] if case.record.where else []
    return [*rows, ("  not seen", observed.detail)] if observed.detail else rows


def _asked(status: SessionStatus, verdicts: Verdicts) -> Verdicts:
    """Without the verdicts of all guards, the one that holds is still known."""
    action = status.change.action if status.change else None
    return verdicts or ([(action.guard, action.sentence)] if isinstance(action, Hold) else [])


def _guards(status: SessionStatus, verdicts: Verdicts) -> list[tuple[str, str]]:
    return [(f"{'!' if said else ' '} {guard.value}", said or "passes") for guard, said in _asked(status, verdicts)]


def _notes(case: Sides, now: Now) -> list[str]:
    record, notes = case.record, []
    if left := _retry_in(record, now):
        notes.append(f"next try in {duration(left)} (failures: {record.failures})")
    if record.last_error and record.failures:
        notes.append(f"last error: {safe(record.last_error)}")
    if record.parked:
        notes.append(f"parked: {safe(record.parked)}")
    for stranger in case.observed.strangers:
        owner = f" of {safe(stranger.owner)}" if stranger.owner else ""
        notes.append(f"not ours, but on its conversation: process {stranger.identity.pid}{owner} ({stranger.agent})")
    return notes


def _retry_in(record: SessionRecord, now: Now) -> float | None:
    left = -now.since(record.retry_at) if record.retry_at else 0.0
    return left if left > 0 else None
