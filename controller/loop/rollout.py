"""How switches spread: a pause between them, and a halt after failures until something new is desired."""

from typing import Final

from ..model.clock import Now
from ..model.fleet import Rollout
from ..model.outcome import End, Outcome
from ..model.plan import Change, Reason, Restart, StartFresh, SwitchInPlace
from ..model.record import RolloutState, SessionRecord

_NOTHING: Final = frozenset({End.HELD, End.UNABLE})
"""Ends that say nothing of what the files brought."""


def after(state: RolloutState, outcome: Outcome, rollout: Rollout, now: Now, *, refused: bool = False) -> RolloutState:
    """Return the rollout's state after one outcome; starts and stops are no part of a rollout.

    :param refused: it goes back from what the rollout brought, or tries again what no turn has proven: that speaks
        against the rollout, however well it went. That others came up says nothing against it; a person's word does.
    """
    if not isinstance(outcome.change.action, Restart | StartFresh | SwitchInPlace) or outcome.end in _NOTHING:
        return state
    asked = outcome.end is End.DONE and outcome.change.reason is Reason.ASKED_BY_PERSON
    failures = 0 if outcome.end is End.DONE else state.failures + 1
    refusals = 0 if asked else state.refusals + refused
    return RolloutState(
        last=now.moment(),
        failures=failures,
        refusals=refusals,
        halted=max(failures, refusals) >= rollout.halt_after_failures,
        digest=state.digest,
    )


def refused(change: Change, before: SessionRecord) -> bool:
    """Tell whether a change is made because the model that a session was brought onto is not given to it."""
    unproven = change.reason is Reason.DRIFTED and before.verified_model is None
    return change.reason is Reason.REFUSED or unproven


def on_files(state: RolloutState, digest: str) -> RolloutState:
    """Return the state for a reading of the files: another one lets a halted rollout go on."""
    if state.digest == digest:
        return state
    return RolloutState(last=state.last, digest=digest)
