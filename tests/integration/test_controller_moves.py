"""What the live controller makes of edits, tables, limits and rollouts, and of a crash."""

import os
import signal
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from controller.model.event import EventType
from controller.settings import self_spawn
from tests.integration.controller_world import FLEET, PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

NAMES = ("alice", "bob", "carol")
GOOD = "tier: family\nmodel: mini\n"
MOVED = "tier: family\nmodel: maxi\n"
WORD = "my daughter is called Ada"


def say(fleet: str, **tables: str) -> str:
    """The fleet with some lines in place of those under the same keys."""
    kept = [line for line in fleet.splitlines() if line.partition(":")[0] not in tables]
    return "\n".join([*kept, *(f"{key}: {value}" for key, value in tables.items())]) + "\n"


def switches(world: ControllerWorld, *names: str) -> list[float]:
    """The moments at which sessions were switched."""
    return [one["at"] for name in names for one in world.events(EventType.MODEL_SWITCH, name)]


@pytest.mark.parametrize("runtime", ["process", pytest.param("tmux", marks=pytest.mark.tmux)])
def test_crashed_session_comes_back_on_its_model_with_its_conversation(short_path: Path, runtime: str) -> None:
    """At once, and on the model of its file, not of its command line."""
    with live(short_path, files={"alice": f"{GOOD}runtime: {runtime}\nprompt: {WORD}\n"}) as world:
        wait_for(lambda: world.turns("alice", "assistant"), PATIENCE, "an answer")
        pid, conversation = world.pid("alice"), world.conversation("alice")
        assert pid
        os.kill(pid, signal.SIGKILL)
        world.told(EventType.SESSION_RESUMED, "alice")
        world.up("alice", model="mini")
        assert world.pid("alice") != pid
        assert world.conversation("alice") == conversation
        assert world.turns("alice") == [WORD]
        assert world.events(EventType.SESSION_EXITED, "alice")[0]["how"] == "signal 9"


def test_edits_in_quick_succession_are_one_switch_to_the_last(short_path: Path) -> None:
    """While it is busy as well as in one moment: what counts is what stands there when it can be done."""
    with live(short_path, files={"alice": GOOD, "bob": GOOD}) as world:
        world.say("bob", "take 1.5 seconds")
        for model in ("midi", "maxi", "mini", "maxi", "midi", "maxi"):
            for name in ("alice", "bob"):
                world.write(f"{name}.yaml", GOOD.replace("mini", model))
        world.up("alice", "bob", model="maxi")
        world.passes()
        told = [one["to_model"] for name in ("alice", "bob") for one in world.events(EventType.MODEL_SWITCH, name)]
        assert told == ["maxi", "maxi"]


def test_a_switch_under_way_is_no_rest_though_the_file_was_put_back(short_path: Path) -> None:
    """Who asks in the middle is told so; `wait` waits for the end of it, and of the way back."""
    slowly = say(FLEET, agents="{demo: {settle: 2s}}")
    with live(short_path, slowly, files={"alice": GOOD}) as world:
        world.write("alice.yaml", MOVED)
        wait_for(lambda: world.status("alice")["reason"] == "under-way", PATIENCE, "the switch")
        world.write("alice.yaml", GOOD)
        world.muster("wait", "alice", "--for", "applied")

        told = [one["to_model"] for one in world.events(EventType.MODEL_SWITCH, "alice")]
        assert told == ["maxi", "mini"]
        assert world.model("alice") == "mini"


def test_edit_of_a_tier_moves_only_those_who_inherit_it(short_path: Path) -> None:
    """Not those with a word of their own, not those of another tier."""
    files = {"alice": "tier: family\n", "bob": GOOD, "carol": "tier: bots\n"}
    with live(short_path, files=files) as world:
        before = world.pids(*NAMES)
        world.write("_fleet.yaml", say(FLEET, tiers="{family: maxi}"))
        world.up("alice", model="maxi")
        world.passes()
        after = world.pids(*NAMES)
        assert {name for name in NAMES if before[name] != after[name]} == {"alice"}


def test_override_moves_everybody_and_ends_by_itself(short_path: Path) -> None:
    """The fleet's and this host's, each with its end; the file's own word counts again after it."""
    with live(short_path, files={"alice": GOOD}, MUSTER_RESCAN="0.5") as world:
        world.muster("override", "maxi", "--for", "2s", "--reason", "a test")
        world.up("alice", model="maxi")
        world.up("alice", model="mini")
        until = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
        world.write("_fleet.yaml", say(FLEET, override=f'{{model: midi, until: "{until}"}}'))
        world.up("alice", model="midi")
        world.up("alice", model="mini")
        assert len(switches(world, "alice")) == 4


def test_no_more_sessions_run_than_the_fleet_allows(short_path: Path) -> None:
    """Who is one too many waits until somebody makes room."""
    fleet = say(FLEET, limits="{running: 2, starts_at_once: 20}")
    with live(short_path, fleet) as world:
        for name in NAMES:
            world.write(f"{name}.yaml", GOOD)
        world.up("alice", "bob")
        world.held("carol", "running-limit")
        world.passes()
        assert world.pid("carol") is None

        world.write("alice.yaml", f"{GOOD}state: stopped\n")
        world.up("carol")
        assert world.pid("alice") is None


def test_switches_spread_one_at_a_time_with_a_pause_between(short_path: Path) -> None:
    """At no moment are two of three down, and the next waits out the pause."""
    pause = 0.7
    fleet = say(FLEET, rollout=f"{{at_once: 1, pause: {pause:g}s}}")
    with live(short_path, fleet, dict.fromkeys(NAMES, GOOD)) as world:
        for name in NAMES:
            world.write(f"{name}.yaml", MOVED)
        least = [len(NAMES)]

        def moved() -> bool:
            least.append(sum(pid is not None for pid in world.pids(*NAMES).values()))
            return len(switches(world, *NAMES)) == len(NAMES)

        wait_for(moved, PATIENCE, "all switches")
        assert min(least) >= len(NAMES) - 1
        assert min(later - earlier for earlier, later in pairwise(sorted(switches(world, *NAMES)))) >= pause


def test_rollout_halts_after_failures_until_the_files_say_something_new(short_path: Path) -> None:
    """A model on which nobody comes up is tried on one session, not on all."""
    program = short_path / "agent.sh"
    refusal = 'case "$*" in *"--model maxi --resume"*) exit 1;; esac'
    program.write_text(f'#!/bin/sh\n{refusal}\nexec {" ".join(self_spawn())} "$@"\n')
    program.chmod(0o755)
    fleet = say(
        FLEET,
        rollout="{at_once: 1, pause: 0s, halt_after_failures: 1}",
        agents=f"{{demo: {{executables: [{program}]}}}}",
    )
    with live(short_path / "w", fleet, dict.fromkeys(NAMES, GOOD)) as world:
        for name in NAMES:
            world.talk(name, WORD)
        before = world.pids(*NAMES)
        for name in NAMES:
            world.write(f"{name}.yaml", MOVED)
        world.told(EventType.ROLLED_BACK)
        world.passes()
        [tried] = {one["session"] for one in world.events(EventType.ROLLED_BACK)}
        untried = [name for name in NAMES if name != tried]
        for name in untried:
            world.held(name, "rollout")
        assert world.pids(*untried) == {name: before[name] for name in untried}
        assert not switches(world, *NAMES)

        for name in NAMES:
            world.write(f"{name}.yaml", GOOD.replace("mini", "midi"))
        world.up(*NAMES, model="midi")
        assert len(switches(world, *NAMES)) == len(NAMES)


def test_a_command_about_one_session_does_not_wait_for_what_another_goes_through(short_path: Path) -> None:
    """The other one is still tried again and again when the answer comes."""
    files = {"good": "model: mini\n", "bad": "model: mini\nenv: {MUSTER_DEMO_FAULT: die-at-once}\n"}
    with live(short_path, files=files) as world:
        before = world.pid("good")
        world.told(EventType.START_FAILED, "bad")
        world.muster("restart", "good")

        assert world.pid("good") not in {None, before}
        assert world.record("bad").failures
        assert not world.record("bad").parked
