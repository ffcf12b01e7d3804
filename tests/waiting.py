"""Wait for a fact of the world by asking again until a deadline; tests never sleep."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Long enough for a loaded machine; a test that passes never waits for it.
DEADLINE = 30.0
# Short enough not to be felt, long enough not to steal the processor from what is waited for.
PAUSE = 0.02
# A question that starts a program costs a second of a loaded machine: it takes a third of the time at most.
REST = 2


def wait_for(predicate: Callable[[], T], deadline: float = DEADLINE, what: str = "") -> T:
    """Return the predicate's first true answer; fail after `deadline` seconds, naming what never came."""
    end = time.monotonic() + deadline
    asked = time.monotonic()
    while not (answer := predicate()):
        if time.monotonic() >= end:
            raise AssertionError(_in_vain(predicate, deadline, what, answer))
        time.sleep(_pause(asked))
        asked = time.monotonic()
    return answer


async def wait_for_async(predicate: Callable[[], T], deadline: float = DEADLINE, what: str = "") -> T:
    """Do the same without holding up the event loop."""
    end = time.monotonic() + deadline
    asked = time.monotonic()
    while not (answer := predicate()):
        if time.monotonic() >= end:
            raise AssertionError(_in_vain(predicate, deadline, what, answer))
        await asyncio.sleep(_pause(asked))
        asked = time.monotonic()
    return answer


def _pause(asked: float) -> float:
    """Return the seconds until the next question, by what the last one took."""
    return max(PAUSE, min(2.0, REST * (time.monotonic() - asked)))


def _in_vain(predicate: Callable[[], object], deadline: float, what: str, answer: object) -> str:
    name = what or getattr(predicate, "__qualname__", repr(predicate))
    return f"waited {deadline:g} s in vain for: {name}; the last answer was {answer!r}"


async def some_moment(chance: random.Random, longest: float) -> None:
    """Let a random time pass, so that what a campaign does next falls before, into or behind what goes on."""
    await asyncio.sleep(chance.uniform(0, longest))
