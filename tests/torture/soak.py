"""Hours of edits, turns, crashes and upgrades in minutes: what was heard once stays so, and nothing piles up."""

import contextlib
import json
import os
import signal
from collections.abc import Callable
from typing import Any, Final

import psutil

from controller.model.event import EventType
from tests.torture.ground import FULL, Ground
from tests.torture.trees import MODELS
from tests.waiting import wait_for

SESSIONS: Final = 500 if FULL else 6
STEPS: Final = 1500 if FULL else 40
LONGEST: Final = 0.4
"""Seconds between two steps: a switch takes about as long, so they fall before, into and behind it."""
PATIENCE: Final = 600.0 if FULL else 90.0
HEARING: Final = 20.0
"""Seconds for a line to be heard. One that is typed to a process which is just ending is nobody's."""
ROUNDS: Final = 4
"""Times that one controller switches all, at the end: what piles up shows between the first and the last."""
SPARE: Final = {"open files": 10, "memory KiB": 12_000, "files beside": 5, "zombies": 2}
"""What may be more at the end: a store, a watcher's turn, an allocator's arena. A leak of 8 KiB a switch is more."""


class Soak:
    """Some sessions, what was heard in each, and what its file has said since it was last seen to be followed."""

    def __init__(self, ground: Ground, size: int = SESSIONS) -> None:
        self.ground = ground
        self.names = [f"s{number}" for number in range(size)]
        self.said = dict.fromkeys(self.names, "mini")
        self.words = {name: ["mini"] for name in self.names}
        """All that each file ever said, in its order."""
        self.heard: dict[str, dict[str, int]] = {name: {} for name in self.names}
        """Line to how many words its file had said by then."""
        self._lines = 0
        self._steps: list[tuple[Callable[[], None], int]] = [
            (self.edit, 8),
            (self.talk, 8),
            (self.crash, 2),
            (self.crash_controller, 1),
            (self.upgrade, 1),
        ]

    def begin(self) -> None:
        for name in self.names:
            self._write(name)
        self.ground.start()
        self.ground.up(*self.names)

    def step(self) -> None:
        steps, weights = zip(*self._steps, strict=True)
        (step,) = self.ground.chance.choices(steps, weights)
        self.ground.toll.counted[step.__name__] += 1
        step()
        self.ground.moment(LONGEST)

    def _any(self) -> str:
        return self.ground.chance.choice(self.names)

    def say(self, name: str) -> None:
        """A file takes another word, or the same once more."""
        self.said[name] = self.ground.chance.choice(MODELS)
        self.words[name].append(self.said[name])
        self._write(name)

    def _write(self, name: str) -> None:
        self.ground.write(f"{name}.yaml", f"model: {self.said[name]}\n")

    # ---- the steps

    def edit(self) -> None:
        self.say(self._any())

    def talk(self) -> None:
        """A person types a line; what the agent has written down is never to be missed again."""
        name = self._any()
        self._lines += 1
        line = f"line {self._lines} of {name}"
        with contextlib.suppress(OSError, AssertionError):  # nobody reads there now
            self.ground.type_line(name, line)
            wait_for(lambda: line in self._turns(name), HEARING, "a line to be heard")
            self.heard[name][line] = len(self.words[name])

    def crash(self) -> None:
        """The agent is killed, at its prompt or in its turn."""
        if pid := self.ground.pid(self._any()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.ground.toll.counted["kills"] += 1

    def crash_controller(self) -> None:
        self.ground.kill()
        self.ground.toll.counted["kills"] += 1
        self.ground.start()

    def upgrade(self) -> None:
        self.ground.stop()
        self.ground.start()

    # ---- what came of it

    def judge(self) -> None:
        """All are on their file's model with all that was heard, in one place, by one process, and nothing piled up."""
        self.follow()
        ground = self.ground
        switched = sum(one["count"] for one in ground.events(EventType.MODEL_SWITCH))
        heard = sum(map(len, self.heard.values()))
        ground.toll.counted.update(sessions=len(self.names), switches=switched, lines=heard)
        lost = {name: why for name in self.names if (why := self._lost(name))}
        ground.toll.lost += len(lost)
        assert not lost, lost
        assert sorted(self._agents()) == sorted(filter(None, ground.pids(*self.names).values()))

    def follow(self) -> None:
        """Wait until all are where their files want them."""
        wait_for(lambda: not self._behind(), PATIENCE, "the last word")

    def _behind(self) -> dict[str, str | None]:
        ground = self.ground
        return {
            name: there
            for name, said in self.said.items()
            if (there := ground.model(name)) != said or ground.doing(name) != "idle"
        }

    def _lost(self, name: str) -> str | None:
        """Say what is missing of a conversation: a line, an order, or the answer to a question now."""
        heard = list(self.heard[name])
        kept = [line for line in self._turns(name) if line in set(heard)]
        if kept != heard:
            return f"heard {heard}, kept {kept}"
        if not heard or (wrong := self._strayed(name)):
            return wrong if heard else None
        if not self.ground.recalls(name, heard[0]):
            return f"does not know {heard[0]!r} any more"
        answered = self._records(name)[-1]["model"]
        return None if answered.startswith(self.said[name]) else f"answers on {answered}, not {self.said[name]}"

    def _strayed(self, name: str) -> str | None:
        """Say which answer came on a model that its file did not say by then, or had left before an earlier answer."""
        words, at, asked = self.words[name], 0, None
        for record in self._records(name):
            if record["type"] == "user":
                asked = record["text"]
            elif record["type"] == "assistant" and asked in self.heard[name]:
                until = self.heard[name][asked]
                at = next((i for i in range(at, until) if record["model"].startswith(words[i])), until)
                if at == until:
                    return f"{asked!r} was answered on {record['model']}; its file said {words[:until]}"
        return None

    def _records(self, name: str) -> list[dict[str, Any]]:
        path = self.ground.transcript(name)
        lines = path.read_text().splitlines() if path else []
        return [json.loads(line) for line in lines if line.endswith("}")]

    def _turns(self, name: str) -> list[str]:
        return [one["text"] for one in self._records(name) if one["type"] == "user"]

    def _agents(self) -> list[int]:
        """Every agent of this ground that Muster launched, by the environment of every process there is."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                env = process.environ()
                ours = env.get("MUSTER_DEMO_HOME") == str(self.ground.agent) and "MUSTER_NONCE" in env
                found += [process.pid] if ours and process.status() != psutil.STATUS_ZOMBIE else []
        return found


def soak(ground: Ground) -> None:
    """Run all steps, let one controller switch all again and again, and judge; nothing may have piled up by then."""
    story = Soak(ground)
    story.begin()
    for _ in range(STEPS):
        story.step()
    story.upgrade()
    piles = []
    for _ in range(ROUNDS):
        for name in story.names:
            story.say(name)
        story.follow()
        piles.append(_piles(ground))
    story.judge()
    more = {what: piles[-1][what] - piles[0][what] for what in SPARE}
    assert all(more[what] <= SPARE[what] for what in SPARE), piles


def _piles(ground: Ground) -> dict[str, int]:
    """Return what a controller could leave behind: in itself, beside its state, among temporary files."""
    assert ground.process is not None
    process = psutil.Process(ground.process.pid)
    beside = [file for place in (ground.state, ground.temporary) for file in place.rglob("*")]
    return {
        "open files": process.num_fds(),
        "memory KiB": process.memory_info().rss // 1024,
        "files beside": len(beside),
        "zombies": sum(child.status() == psutil.STATUS_ZOMBIE for child in process.children()),
    }
