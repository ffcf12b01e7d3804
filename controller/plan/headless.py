"""What a keeper is told: the model as a wish, and what the conversation's own record says of a launch."""

import re
from dataclasses import replace
from typing import Final

from ..model.desired import Desired
from ..model.plan import Headless, Launch, Notice
from ..model.session import RuntimeKind
from ..model.wish import ModelWish
from .case import Case

FRESH_NOTICE: Final = "A new session was started."
RESUME_FAILED_NOTICE: Final = "Session could not be fully resumed after the model switch"
"""The words of the systems that Muster replaces (facts/origins.md, section 6), as that of a switch."""


def wish_for(desired: Desired, model: str) -> ModelWish:
    """Return how a model is told over the protocol: the profile's own patterns first, then what it reports for it."""
    profile, acp = desired.profile, desired.profile.runtimes[desired.runtime].acp
    sent = profile.sent_as(model)
    known = [template for template in acp.values if desired.effort is not None or "{effort}" not in template]
    said = [
        template.replace("{model}", re.escape(sent)).replace("{effort}", re.escape(desired.effort or ""))
        for template in known
    ]
    ids = [rule for entry in profile.models.offered if entry.name == model for rule in entry.ids]
    return ModelWish(name=model, value=sent, patterns=tuple(said + ids), unlisted=acp.unlisted)


def headless(desired: Desired, model: str, prompt: str | None) -> Headless | None:
    """Return what the keeper of a launch is told, ``None`` where no keeper carries it."""
    if desired.runtime is not RuntimeKind.ACP:
        return None
    return Headless(
        wish=wish_for(desired, model) if model else None,
        acp=desired.profile.runtimes[desired.runtime].acp,
        permissions=desired.spec.permissions,
        tools=desired.tools,
        prompt=prompt,
    )


def with_notices(launch: Launch, case: Case, *, leaves: bool, refused: bool) -> Launch:
    """Return a launch that tells the conversation's record what it is about.

    :param leaves: the conversation is left behind.
    :param refused: because the agent did not resume it.
    """
    if launch.headless is None:
        return launch
    before, model = case.record.asked_model, launch.model
    told = []
    if before not in {None, model}:
        told.append(Notice(kind="model_switch", text=f"Switching model to {model}", from_model=before, to_model=model))
    if refused:
        told.append(Notice(kind="resume_failed", text=RESUME_FAILED_NOTICE, from_model=before, to_model=model))
    if leaves or refused:
        told.append(Notice(kind="session_fresh", text=FRESH_NOTICE, from_model=before, to_model=model))
    return replace(launch, headless=replace(launch.headless, notices=tuple(told)))
