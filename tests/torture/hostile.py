"""A soak among agents that behave badly: whatever they do, the harm is theirs alone, and ends with their behaviour."""

import json
import os
import re
import signal
import threading
import time
from typing import Final, Self

from controller.model.session import RuntimeKind
from controller.runtimes.logs import LARGEST
from tests.torture.ground import FULL, Ground
from tests.torture.ledger import living
from tests.torture.mixed import RUNTIMES, MixedGround
from tests.torture.soak import PATIENCE, Soak

SESSIONS: Final = 60 if FULL else 6
STEPS: Final = 600 if FULL else 40
FAULTS: Final = ("ignore-term", "die-at-once", "refuse-resume", "wrong-model", "forks-helper")
"""Of the embedded agent itself."""
MISCHIEF: Final = (
    *("double-fork", "leaves-late", "daemon", "rename", "wipe", "zombies"),
    *("dies-late", "hangs-in-resume", "begins-anew", "garbage", "fills-disk"),
)
"""What is done to it from outside (watch/mischief.py)."""
PATIENT: Final = 12.0 if FULL else 6.0
"""Seconds, at most, for which each kind of trouble is let go on by itself."""
MOST_PRINTED: Final = 16 * LARGEST
"""Bytes of one session's log at any moment; without an end there is no telling how much."""
LOOK: Final = 0.2
"""Seconds between two looks for second writers; who is there in two running is no fork on its way to its exec."""


class Watch:
    """Looks for conversations with two writers, beside whatever else goes on."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.seen: list[tuple[str, frozenset[int]]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        before: set[tuple[str, frozenset[int]]] = set()
        while not self._end.wait(LOOK):
            now = {(one, frozenset(pids)) for one, pids in self._writers().items() if len(pids) > 1}
            self.seen += now & before
            before = now

    def _writers(self) -> dict[str, set[int]]:
        """Every agent of this ground, by its conversation."""
        found: dict[str, set[int]] = {}
        for agent in living(self._ground.ledger):
            if agent.conversation:
                found.setdefault(agent.conversation, set()).add(agent.pid)
        return found


class Hostile(Soak):
    """Every file names faults of its agent; now and then they are other ones."""

    def __init__(self, ground: Ground) -> None:
        self.faults: dict[str, tuple[str, ...]] = {}
        self._runtime = RuntimeKind.PROCESS
        super().__init__(ground, SESSIONS)
        self._steps.append((self.turn_bad, 8))

    def _write(self, name: str) -> None:
        faults = self.faults.get(name, ())
        env = {"MUSTER_DEMO_FAULT": FAULTS, "TORTURE_MISCHIEF": MISCHIEF}
        said = {where: ",".join(one for one in faults if one in known) for where, known in env.items()}
        text = f"runtime: {self._runtime}\nmodel: {self.said[name]}\nresume: required\nenv: {json.dumps(said)}\n"
        self.ground.write(f"{name}.yaml", text)

    def turn_bad(self) -> None:
        """An agent takes other faults, one, two or none; they are its own from its next start."""
        name, number = self._any(), self.ground.chance.randrange(3)
        self.faults[name] = tuple(self.ground.chance.sample((*FAULTS, *MISCHIEF), number))
        self.ground.toll.counted["faults"] += number
        self._write(name)

    def repent(self) -> None:
        """All behave again, and a person lets what was parked be tried once more."""
        self.faults.clear()
        for name in self.names:
            self._write(name)

    def judge(self) -> None:
        """A person helps where they are told what is in the way, and with nothing but what they are told."""
        end = time.monotonic() + PATIENCE
        while (behind := self._behind()) and time.monotonic() < end:
            for name in behind:
                self._help(name)
        super().judge()

    def _help(self, name: str) -> None:
        why = self.ground.muster("why", name, exits=None).out
        told = {int(pid) for pids in re.findall(r"process (\d+(?:, \d+)*)", why) for pid in pids.split(", ")}
        wrote = {agent.pid for agent in living(self.ground.ledger) if agent.launched}
        for pid in told & {*wrote, *Soak._agents(self)}:  # helpers write no ledger, and keep their environment
            os.kill(pid, signal.SIGKILL)
            self.ground.toll.counted["ended by a person"] += 1
        if f"`muster retry {name}`" in why or "next try in" in why:
            self.ground.muster("retry", name, exits=None)
        if "cannot be seen" in why:
            self.ground.muster("restart", name, "--now", exits=None)

    def _strayed(self, name: str) -> str | None:
        """They answer on what they please."""
        return None

    def _agents(self) -> list[int]:
        return [agent.pid for agent in living(self.ground.ledger) if agent.launched]


class Alone(Hostile):
    """A session for each kind of bad behaviour, or for some of them, all in one of the runtimes."""

    def __init__(self, ground: MixedGround) -> None:
        super().__init__(ground)
        self._runtime = ground.chance.choice(RUNTIMES)
        kinds = (*FAULTS, *MISCHIEF) if FULL else ground.chance.sample((*FAULTS, *MISCHIEF), SESSIONS)
        self.names = [kind.replace("-", "") for kind in kinds]
        self.said = dict.fromkeys(self.names, "mini")
        self.words = {name: ["mini", "maxi"] for name in self.names}
        self.heard = {name: {f"hello {name}": 1} for name in self.names}
        self._kinds = dict(zip(self.names, kinds, strict=True))

    def go_bad(self) -> None:
        """Each has a word to remember, and is then switched into its own kind of trouble."""
        for name, [line] in self.heard.items():
            self.ground.talk(name, line)
        for name, kind in self._kinds.items():
            self.faults[name], self.said[name] = (kind,), "maxi"
            self._write(name)
        self.ground.toll.counted["faults"] += len(self._kinds)
        self.ground.moment(PATIENT)

    def _agents(self) -> list[int]:
        """The processes that are recorded, once for each agent: one that a keeper holds is not recorded itself."""
        there = (self.ground.pid(agent.session) for agent in living(self.ground.ledger) if agent.launched)
        return [pid for pid in there if pid]


def alone(ground: MixedGround) -> None:
    """Let each do its worst for a while, then behave; nothing else is in its way."""
    story = Alone(ground)
    story.begin()
    with Watch(ground) as watch:
        story.go_bad()
        story.repent()
        story.judge()
    assert not watch.seen, watch.seen


def hostility(ground: Ground) -> None:
    """Run all steps, let the faults end, and judge as if there had been none."""
    story = Hostile(ground)
    story.begin()
    with Watch(ground) as watch:
        for _ in range(STEPS):
            story.step()
        story.repent()
        story.judge()
    assert not watch.seen, watch.seen
    largest = max(file.stat().st_size for file in (ground.state / "logs").iterdir())
    assert largest < MOST_PRINTED, largest
