"""The words for actions, one table for people and machines."""

from typing import assert_never

from ..model.plan import (
    Action,
    Doing,
    Hold,
    Launch,
    Leave,
    Restart,
    Start,
    StartFresh,
    Stop,
    Strategy,
    SwitchInPlace,
)


def doing_of(action: Action) -> Doing | None:
    """Return what would be done: the held action of a hold, ``None`` when nothing is."""
    match action:
        case Leave():
            return None
        case Hold(held=held):
            return held
        case _:
            return action


def strategy_of(action: Action) -> Strategy:
    """Return how the session comes to its model, for a hold how it would."""
    match doing_of(action):
        case None:
            return Strategy.NONE
        case Start():
            return Strategy.START
        case SwitchInPlace():
            return Strategy.IN_PLACE
        case Restart():
            return Strategy.RESTART
        case StartFresh():
            return Strategy.FRESH
        case Stop():
            return Strategy.STOP
        case never:
            assert_never(never)


def launch_of(action: Action) -> Launch | None:
    """Return the launch that an action carries."""
    doing = doing_of(action)
    return doing.launch if isinstance(doing, (Start, Restart, StartFresh)) else None


def word_for(action: Action) -> str:
    """Return the machine's word for an action."""
    match action:
        case Leave():
            return "leave"
        case Hold():
            return "hold"
        case Start():
            return "start"
        case SwitchInPlace():
            return "switch-in-place"
        case Restart():
            return "restart"
        case StartFresh():
            return "start-fresh"
        case Stop():
            return "stop"
        case never:
            assert_never(never)
