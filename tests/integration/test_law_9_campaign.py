"""Law 9: killed at any instant, the controller finishes the job on the next start (see also test_crash_points.py)."""

import random
import time
from pathlib import Path

import pytest

from tests.integration.controller_world import PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

MODELS = ("mini", "midi", "maxi")
NAMES = ("alice", "bob", "carol")
KILLS = 10
LONGEST = 0.7
"""Seconds from an edit to the kill: a switch takes half of one, so kills fall before, into and behind it."""


def spec(model: str) -> str:
    return f"tier: family\nmodel: {model}\n"


def word(name: str) -> str:
    return f"{name} was here from the beginning"


@pytest.mark.timeout(360)
@pytest.mark.parametrize("seed", [20261120])
def test_kills_at_random_moments_end_in_one_process_on_the_files_model_with_all_words(
    short_path: Path, seed: int
) -> None:
    """Ten kills while files are edited; the moments are drawn, and the seed tells them again."""
    chance = random.Random(seed)
    with live(short_path, files=dict.fromkeys(NAMES, spec("mini"))) as world:
        for name in NAMES:
            world.talk(name, word(name))
        wanted = dict.fromkeys(NAMES, "mini")
        for _ in range(KILLS):
            for name in chance.sample(NAMES, k=2):
                wanted[name] = chance.choice(MODELS)
                world.write(f"{name}.yaml", spec(wanted[name]))
            moment = time.monotonic() + chance.uniform(0, LONGEST)
            wait_for(lambda moment=moment: time.monotonic() >= moment, PATIENCE, "the moment to kill")  # type: ignore[misc]
            world.kill()
            world.start()
        for name, model in wanted.items():
            converged(world, name, model)


def converged(world: ControllerWorld, name: str, model: str) -> None:
    """One process, on the model of its file, with all that was ever said."""
    world.up(name, model=model)
    assert world.writers(world.conversation(name)) == [world.pid(name)]
    assert world.recalls(name, word(name))
