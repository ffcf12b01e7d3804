"""How switches spread: a pause between them, and a halt after failures until something new is desired."""

from typing import Final

from ..model.clock import Now
from ..model.fleet import Rollout
from ..model.outcome import End, Outcome
from ..model.plan import Restart, StartFresh, SwitchInPlace
from ..model.record import RolloutState

_NOTHING: Final = frozenset({End.HELD, End.UNABLE})
"""Ends that say nothing of what the files brought."""


def after(state: RolloutState, outcome: Outcome, rollout: Rollout, now: Now) -> RolloutState:
    """Return the rollout's state after one outcome; starts and stops are no part of a rollout."""
    if not isinstance(outcome.change.action, Restart | StartFresh | SwitchInPlace) or outcome.end in _NOTHING:
        return state
    if outcome.end is End.DONE:
        return RolloutState(last=now.moment(), failures=0, halted=False, digest=state.digest)
    failures = state.failures + 1
    return RolloutState(
        last=now.moment(), failures=failures, halted=failures >= rollout.halt_after_failures, digest=state.digest
    )


def on_files(state: RolloutState, digest: str) -> RolloutState:
    """Return the state for a reading of the files: another one lets a halted rollout go on."""
    if state.digest == digest:
        return state
    return RolloutState(last=state.last, digest=digest)
