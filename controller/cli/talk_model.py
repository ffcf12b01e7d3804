"""A prompt that carries a model: it becomes the model of the session's file, and the session is brought onto it."""

import time
from typing import TYPE_CHECKING, Final

from ..doors import offers, reading
from ..errors import GuardHolds, MusterError
from . import asking, set_model, talk_state
from .console import Console

if TYPE_CHECKING:
    from ..model.status import SessionStatus
    from ..settings import Settings

_LOOK_SECONDS: Final = 0.1


def bring(settings: "Settings", name: str, word: str, console: Console) -> None:
    """Edit the file, then wait until the session is on the model, or will be before its next prompt.

    :raises MusterError: as ``set-model`` does; when another word is in force; when nobody is there to switch it.
    :raises GuardHolds: when something holds it back that does not pass by itself.
    """
    loaded = reading.loaded(settings)
    declared = reading.session(loaded, name)
    model = offers.require(loaded, offers.agent_of(loaded, name), word)
    set_model.set_session(settings, loaded, declared, word, console)
    if asking.is_live(settings):
        asking.wake(settings)
    end = time.monotonic() + asking.DONE_SECONDS
    while not _is_on(seen := talk_state.status(settings, name), model):
        if not asking.is_live(settings):
            hint = f"its file says so now: `muster apply`, then `muster send {name} TEXT`"
            raise MusterError(f"cannot send to {name} on {model}: no controller runs here to switch it", hint=hint)
        if time.monotonic() >= end:
            raise GuardHolds(f"cannot wait longer for {name} to be on {model}: {seen.message}")
        console.progress(f"{name}: {seen.state}, {seen.message}")
        time.sleep(_LOOK_SECONDS)
    console.clear()


def _is_on(seen: "SessionStatus", model: str) -> bool:
    """Tell whether the next prompt will be on the model."""
    from ..model.desired import LayerName
    from ..model.plan import Guard, Hold, Leave
    from ..model.status import SessionState as State
    from ..plan.status import UNDER_WAY

    resolution, action = seen.resolution, seen.change.action if seen.change else None
    if resolution and resolution.winner and resolution.winner.name is LayerName.OVERRIDE and resolution.model != model:
        raise _not_sent(seen, model, f"an override says {resolution.winner.said}")
    if hold := talk_state.held_for_good(seen):
        raise _not_sent(seen, model, hold.sentence)
    if resolution is None or resolution.model != model or seen.reason == UNDER_WAY:
        return False  # the edit has not settled yet, or the switch has not ended
    if isinstance(action, Hold):
        return action.guard is Guard.NEXT_PROMPT
    if not isinstance(action, Leave):
        return False
    if seen.asked_model == model and seen.state in {State.VERIFIED, State.UNVERIFIED, State.STARTING}:
        return True
    raise _not_sent(seen, model, seen.message)


def _not_sent(seen: "SessionStatus", model: str, why: str) -> GuardHolds:
    hint = f"nothing was sent; `muster why {seen.name}` tells more"
    return GuardHolds(f"cannot send to {seen.name} on {model}: {why}", hint=hint)
