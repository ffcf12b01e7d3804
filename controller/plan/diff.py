"""What differs between what should be and what runs."""

import re
from dataclasses import replace

from ..model.desired import Desired, LayerName
from ..model.observed import ObservedModel
from ..model.plan import Reason
from .case import Case


def report_since_asked(case: Case) -> ObservedModel | None:
    """Return the model that the agent reported after it was last told one; older reports say nothing.

    Where its records have no times, who looks for the first time cannot know theirs; the look that saw them come does.
    """
    model, record = case.observed.model, case.record
    if model is not None and not model.at and model.name == record.observed_model:
        model = replace(model, at=record.observed_at)
    return model if model is not None and model.at > case.record.asked_at else None


def effective_model(case: Case) -> str | None:
    """Return the model that the process is on: its own newer report, else what it was asked.

    A provider's fallback is not the session's model: it says nothing about what was asked. What the protocol names is
    set, and counts until a newer turn reports another.
    """
    report = report_since_asked(case)
    named = case.observed.keeper.model if case.observed.keeper else None
    if named and named.at > case.record.asked_at and (report is None or named.at >= report.at):
        return named.name
    return report.name if report and not report.fallback else case.record.asked_model


def refused(case: Case) -> bool:
    """Tell whether the provider refused the model that the process was last told."""
    return case.observed.refused > case.record.asked_at


def changed_fields(case: Case, desired: Desired) -> tuple[str, ...]:
    """Return the compared fields whose value is another than at the start.

    A fingerprint of another version is no fingerprint: an upgrade of Muster restarts nothing (law 10).
    """
    launched = case.record.launched
    if launched is None or launched.version != desired.fingerprint.version:
        return ()
    before, after = launched.fields, desired.fingerprint.fields
    if before == after:
        return ()
    return tuple(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))


def reason_for(fields: tuple[str, ...]) -> Reason:
    """Return the gravest of the reasons that changed fields give."""
    if "agent" in fields:
        return Reason.AGENT_CHANGED
    return Reason.DIRECTORY_CHANGED if "cwd" in fields else Reason.SETTINGS_CHANGED


def told_by(desired: Desired) -> str:
    """Say which word decided the model, and where it stands."""
    resolution, spec = desired.resolution, desired.spec
    layer = resolution.winner
    if layer is None:
        return resolution.trouble or "no layer names a model"
    whose = {LayerName.TIER: f"tier {spec.tier}", LayerName.ORIGIN: f"origin {spec.origin}"}.get(layer.name, layer.name)
    meant = f" = {layer.model}" if layer.model and layer.model != layer.said else ""
    where = f" ({layer.mark})" if layer.mark else ""
    ceiling = f", lowered to its origin's {resolution.ceiling}" if resolution.ceiling else ""
    return f"{whose} says {layer.said}{meant}{where}{ceiling}"


def noted(desired: Desired, before: str | None) -> str:
    """Return what its profile says of the switch from a model to the desired one, as the end of a sentence."""
    for note in desired.profile.switches:
        one, other = note.between
        for came, goes in ((one, other), (other, one)):
            if re.fullmatch(came, before or "") and re.fullmatch(goes, desired.model or ""):
                return f"; {note.says}"
    return ""
