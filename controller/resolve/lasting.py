"""What the files give a session for as long as they stay as they are: overrides, which end by themselves, left out."""

from dataclasses import replace
from typing import Final

from ..model.clock import Now
from ..model.desired import Declared, Resolution
from ..model.loaded import Loaded
from ..model.profile import Profile
from ..model.scalars import choice_for
from .chain import resolve_model
from .layers import Sources

_ENDLESS: Final = Now(wall=float("inf"), boot=0.0, boot_id="")
"""Then every temporary override is over."""


def lasting(declared: Declared, loaded: Loaded, profile: Profile) -> Resolution:
    """Resolve one session's model without the temporary layer."""
    return resolve_model(
        Sources(
            declared=declared,
            fleet=loaded.fleet,
            profile=profile,
            overlaid=loaded.overlaid.get(profile.name),
            local_override=None,
            now=_ENDLESS,
        )
    )


def with_word(declared: Declared, agent: str, word: str | None) -> Declared:
    """Return a session whose file said this word to its agent, or none."""
    if word == choice_for(declared.spec.model, agent):
        return declared
    marks = {path: mark for path, mark in declared.marks.items() if path.partition(".")[0] != "model"}
    return replace(declared, spec=declared.spec.model_copy(update={"model": word}), marks=marks)
