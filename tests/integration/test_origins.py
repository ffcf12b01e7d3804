"""What the systems before promised of a session's life, kept here by files: defaults, switches, restarts, deaths."""

import os
import random
import signal
from pathlib import Path

import pytest

from controller.model.event import EventType
from tests.integration.controller_world import FLEET, PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

TABLES = 'tiers: {favorite: balanced, bots: fast, "*": balanced}\norigins: {ai: fast}\n'
WORD = "I was here from the beginning"


def end(world: ControllerWorld, name: str) -> None:
    """Kill a session's agent, and wait until another one stands in its place."""
    pid = world.pid(name)
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: world.pid(name) not in {None, pid}, PATIENCE, f"another process of {name}")
    world.up(name)


def test_seed_1_a_session_is_on_its_tiers_model_then_on_its_own_and_stays_there(short_path: Path) -> None:
    """The seed's four tests, one after another: a new session, a word, a restart of the daemon, a death."""
    with live(short_path, FLEET + TABLES, {"chat": "tier: bots\n"}) as world:
        assert world.model("chat") == "mini"
        world.talk("chat", WORD)
        first, conversation = world.pid("chat"), world.conversation("chat")

        world.muster("set-model", "chat", "maxi")
        world.up("chat", model="maxi")
        assert world.pid("chat") != first
        assert world.conversation("chat") == conversation

        second = world.pid("chat")
        world.stop()
        world.start()
        world.passes()
        assert world.pid("chat") == second

        end(world, "chat")
        assert world.model("chat") == "maxi"
        assert world.recalls("chat", WORD)


def test_seed_2_three_channels_keep_their_own_words_over_a_change_for_all_and_a_restart(short_path: Path) -> None:
    """One chose fast, one chose nothing, one resets: the change for all is only for those without a word."""
    files = {"telegram": "model: fast\n", "tui": "labels: {frontend: tui}\n", "webchat": "model: powerful\n"}
    with live(short_path, files=files) as world:
        before = world.pids(*files)
        world.muster("set-model", "--default", "powerful")
        world.up("tui", model="maxi")
        world.passes()
        assert {name: world.model(name) for name in files} == {"telegram": "mini", "tui": "maxi", "webchat": "maxi"}
        assert world.pids("telegram", "webchat") == {name: before[name] for name in ("telegram", "webchat")}

        kept = world.pids(*files)
        world.kill()
        world.start()
        world.passes()
        assert world.pids(*files) == kept

        world.muster("set-model", "--default", "balanced")
        world.muster("command", "telegram", "/reset")
        world.up("tui", "telegram", model="midi")
        world.passes()
        assert world.model("webchat") == "maxi"
        end(world, "webchat")
        assert world.model("webchat") == "maxi"


def test_seed_2_a_session_that_comes_later_takes_what_the_files_say_then(short_path: Path) -> None:
    """Nothing of an earlier default is kept in a controller's mind."""
    with live(short_path, files={"early": "{}\n"}) as world:
        world.stop()
        world.muster("set-model", "--default", "fast")
        world.write("late.yaml", "{}\n")
        world.start()
        world.up("early", "late", model="mini")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [20261121])
def test_seed_0_ais_and_people_stay_on_their_models_over_random_deaths(short_path: Path, seed: int) -> None:
    """Agents and controller are killed as chance will; no file says a model, and none changes."""
    chance = random.Random(seed)
    files = {f"{origin}{n}": f"origin: {origin}\n" for origin in ("ai", "human") for n in (1, 2)}
    with live(short_path, FLEET + TABLES, files) as world:
        for _ in range(6):
            for name in chance.sample(sorted(files), k=2):
                if pid := world.pid(name):
                    os.kill(pid, signal.SIGKILL)
            if chance.random() < 0.5:
                world.kill()
                world.start()
            world.passes(1)
            world.muster("retry", *files, exits=None)  # a few deaths in a row are waited out, else
        for name in files:
            world.up(name, model="mini" if name.startswith("ai") else "midi")
        assert world.events(EventType.MODEL_SWITCH) == []
