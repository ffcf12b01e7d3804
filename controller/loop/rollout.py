"""How switches spread: a pause between them, and a halt after failures until something new is desired."""

from collections.abc import Iterable
from typing import Final

from ..model.clock import Now
from ..model.event import EventType
from ..model.fleet import Rollout
from ..model.outcome import End, Outcome
from ..model.plan import Reason, Restart, StartFresh, SwitchInPlace
from ..model.record import RolloutState, SessionRecord
from ..model.transaction import Event

_NOTHING: Final = frozenset({End.HELD, End.UNABLE})
"""Ends that say nothing of what the files brought."""


def after(state: RolloutState, outcome: Outcome, rollout: Rollout, now: Now) -> RolloutState:
    """Return the rollout's state after one outcome; starts and stops are no part of a rollout.

    To go back from a model that the provider refuses speaks against the rollout, however well it goes, and that others
    came up says nothing against that; a person's word does.
    """
    if not isinstance(outcome.change.action, Restart | StartFresh | SwitchInPlace) or outcome.end in _NOTHING:
        return state
    asked = outcome.end is End.DONE and outcome.change.reason is Reason.ASKED_BY_PERSON
    failures = 0 if outcome.end is End.DONE else state.failures + 1
    refusals = 0 if asked else state.refusals + (outcome.change.reason is Reason.REFUSED)
    return RolloutState(
        last=now.moment(),
        failures=failures,
        refusals=refusals,
        halted=max(failures, refusals) >= rollout.halt_after_failures,
        digest=state.digest,
    )


def doubted(
    state: RolloutState, looks: Iterable[tuple[SessionRecord, SessionRecord]], rollout: Rollout
) -> RolloutState:
    """Return the state after a look at sessions, each as it was remembered before and after it."""
    refusals = state.refusals + sum(_taken_otherwise(before, now) for before, now in looks)
    if refusals == state.refusals:
        return state
    halted = state.halted or refusals >= rollout.halt_after_failures
    return state.model_copy(update={"refusals": refusals, "halted": halted})


def _taken_otherwise(before: SessionRecord, now: SessionRecord) -> bool:
    """Tell whether the first turn after a switch was on another model; later ones say what a person did."""
    first = before.observed_at <= now.asked_at < now.observed_at
    return first and now.mends is not None and now.observed_model != now.asked_model


def on_files(state: RolloutState, digest: str) -> RolloutState:
    """Return the state for a reading of the files: another one lets a halted rollout go on."""
    if state.digest == digest:
        return state
    return RolloutState(last=state.last, digest=digest)


def halted(state: RolloutState, now: Now) -> Event:
    """Return the event of a halt."""
    return Event(
        at=now.wall, type=EventType.ROLLOUT_HALTED, data={"failures": state.failures, "refusals": state.refusals}
    )
