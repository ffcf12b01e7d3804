"""Processes that people started and that files take in: whose they are, where they run, how they could be replaced."""

from collections.abc import Iterable
from functools import cache

from ..model.observed import Guest, Stranger
from ..runtimes import seats
from .case import Wanted
from .presence import still


def claimed(wanted: Wanted, strangers: Iterable[Stranger]) -> Stranger | None:
    """Return the one process of ours, as a person, that works on the conversation that a file names.

    Of two, nobody knows which is meant: they stay strangers.
    """
    if wanted.claims is None:
        return None
    found = [
        one
        for one in strangers
        if (one.conversation, one.agent, one.owner) == (wanted.claims, wanted.agent, person()) and still(one.identity)
    ]
    return found[0] if len(found) == 1 else None


def guest_of(stranger: Stranger) -> Guest:
    """Return how a person's process stands. Blocking: it may ask their tmux, once."""
    seat = seats.seat_of(stranger.identity)
    return Guest(runtime=seat.runtime, where=seat.where, model=stranger.model, began=stranger.began)


@cache
def person() -> str:
    """Return the name of the person that this process runs as."""
    import psutil  # as observe/processes.py names owners

    return psutil.Process().username()
