"""The radius of one edit: a word of the fleet that is wrong everywhere harms as many sessions as was declared."""

import re
import shlex
from pathlib import Path
from typing import Final

from controller.model.event import EventType
from controller.settings import self_spawn
from tests.torture.ground import FULL, Ground
from tests.waiting import wait_for

SESSIONS: Final = 20 if FULL else 15
AT_ONCE: Final = 2
FAILURES: Final = 2
PAUSE: Final = 2.0
"""Seconds: long enough for a turn on the new model to show what it is worth."""
PATIENCE: Final = 300.0 if FULL else 90.0
_AT_START: Final = ("die-at-once", "refuse-resume")
_AT_A_TURN: Final = ("refuse-model", "wrong-model")
REFUSALS: Final = (*_AT_A_TURN, *_AT_START) if FULL else _AT_A_TURN
"""What an agent or its provider does with a model that it does not give to anybody."""
_WAY_ON: Final = re.compile(r"`muster ((?:restart|retry) [\w.-]+)`")


def fleet(program: Path, model: str) -> str:
    """The fleet's file, with the one word that moves the family."""
    return f"""\
defaults: {{agent: demo, model: mini}}
tiers: {{family: {model}}}
agents: {{demo: {{executables: [{program}]}}}}
rollout: {{at_once: {AT_ONCE}, pause: {PAUSE:g}s, halt_after_failures: {FAILURES}}}
guards: {{mass_change: {{percent: 30, at_least: 3}}, delete_grace: 0s}}
limits: {{running: 1000, starts_at_once: 8}}
"""


def program(root: Path, fault: str) -> Path:
    """An agent that has a fault on the model maxi, until a file says that it was mended."""
    path = root / "agent.sh"
    bad = f'[ -e {root}/mended ] || case "$*" in *"--model maxi"*) export MUSTER_DEMO_FAULT={fault};; esac'
    path.write_text(f'#!/bin/sh\n{bad}\nexec {shlex.join(self_spawn())} "$@"\n')
    path.chmod(0o755)
    return path


class Blast:
    """A fleet, a part of which one word moves."""

    def __init__(self, ground: Ground, agent: Path) -> None:
        self.ground, self.agent = ground, agent
        names = [f"s{number}" for number in range(SESSIONS)]
        ground.chance.shuffle(names)
        self.family, self.others = names[: SESSIONS * 2 // 5], names[SESSIONS * 2 // 5 :]

    def begin(self) -> None:
        """All run, and each has said something."""
        for name in self.family:
            self.ground.write(f"{name}.yaml", "tier: family\ndrift: revert\n")
        for name in self.others:
            self.ground.write(f"{name}.yaml", "model: mini\n")
        self.ground.start()
        self.ground.up(*self.family, *self.others)
        for name in self.family:
            self.ground.talk(name, "hello")
        self.before = self.ground.pids(*self.family, *self.others)
        self.ground.toll.counted["sessions"] += SESSIONS

    def say(self, model: str) -> None:
        """Move the whole family by one word."""
        self.ground.toll.counted["faults"] += 1
        self.ground.write("_fleet.yaml", fleet(self.agent, model))

    def disturbed(self) -> list[str]:
        """Those that are not the process that they were."""
        now = self.ground.pids(*self.before)
        return [name for name, pid in self.before.items() if now[name] != pid]

    def moved(self) -> bool:
        """Tell whether the whole family is on the new model."""
        there = [
            name for name in self.family if self.ground.model(name) == "maxi" and self.ground.doing(name) == "idle"
        ]
        return len(there) == len(self.family)

    def judge_others(self) -> None:
        assert not set(self.disturbed()) & set(self.others), self.disturbed()


def paced(story: Blast) -> None:
    """A good word reaches everybody, and only so many at once are away."""
    most = [0]

    def through() -> bool:
        here = story.ground.pids(*story.family)
        most.append(sum(pid is None for pid in here.values()))
        return story.moved()

    story.say("maxi")
    wait_for(through, PATIENCE, "the family on the new model")
    assert max(most) <= AT_ONCE
    story.judge_others()
    story.ground.toll.counted["switches"] += len(story.ground.events(EventType.MODEL_SWITCH))


def misspelt(story: Blast) -> None:
    """A model that nobody offers moves nobody, and is told with its place; the next word counts."""
    ground = story.ground
    story.say("maxo")
    ground.passes()
    said = ground.muster("validate", exits=None)
    assert said.code
    assert re.search(r"_fleet\.yaml:\d+:\d+: .*maxo", said.out + said.err), said
    assert not story.disturbed()
    story.say("maxi")
    wait_for(story.moved, PATIENCE, "the family on the new model")
    story.judge_others()


def emptied(story: Blast) -> None:
    """A directory that holds nothing any more stops nobody; what Muster says then stops one, by name."""
    ground, kept = story.ground, {}
    for file in ground.sessions.glob("s*.yaml"):
        kept[file.name] = file.read_text()
        file.unlink()
    ground.toll.counted["faults"] += 1
    ground.passes(5)
    assert not story.disturbed()
    one = ground.chance.choice(story.family)
    assert "muster stop" in ground.muster("validate", exits=None).err + ground.muster("plan", exits=None).out
    ground.muster("stop", one, exits=None)
    ground.down(one)
    assert story.disturbed() == [one]
    for name, text in kept.items():
        ground.write(name, text)
    ground.up(*story.before)
    assert story.disturbed() == [one]


def refused(story: Blast, fault: str) -> None:
    """A word that works nowhere is tried on as many as was declared; what Muster says then is what helps."""
    ground = story.ground
    spoken: set[int] = set()
    story.say("maxi")
    wait_for(lambda: _speak(story, spoken) or _halted(story), PATIENCE, "the halt")
    ground.passes()
    harmed = story.disturbed()
    assert len(harmed) < FAILURES + AT_ONCE, harmed
    story.judge_others()
    if fault != "wrong-model":  # such a one answers on another model than its own, and is left as it is
        back = [name for name in harmed if fault != "refuse-resume"]
        wait_for(lambda: all(ground.model(name) == "mini" for name in back), PATIENCE, "the way back")

    story.agent.with_name("mended").touch()
    wait_for(lambda: _helped(story), PATIENCE, "the family on the new model")
    story.judge_others()
    for name in story.family:
        assert ground.recalls(name, "hello")


def _speak(story: Blast, spoken: set[int]) -> bool:
    """Say a word to each process that came up on the new model, as people would; false."""
    for name in story.family:
        pid = story.ground.pid(name)
        if pid and pid not in spoken and story.ground.model(name) == "maxi" and story.ground.doing(name) == "idle":
            spoken.add(pid)
            story.ground.type_line(name, f"are you there, {pid}?")
    return False


def _halted(story: Blast) -> bool:
    return bool(story.ground.events(EventType.ROLLOUT_HALTED))


def _helped(story: Blast) -> bool:
    """Do what the sessions' own lines of status say, until all are where the word wants them."""
    said = story.ground.muster("status", "--json").json["sessions"]
    for one in said:
        if one["name"] in story.family and (way := _WAY_ON.search(one["message"] or "")):
            story.ground.muster(*way[1].split(), exits=None)
            break
    return story.moved()
