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
SPARE_FILES: Final = 10
"""Open files that a controller may have more at the end: a store, a watcher's turn."""


class Soak:
    """Some sessions, what was heard in each, and what its file has said since it was last seen to be followed."""

    def __init__(self, ground: Ground, size: int = SESSIONS) -> None:
        self.ground = ground
        self.names = [f"s{number}" for number in range(size)]
        self.said = dict.fromkeys(self.names, "mini")
        self.heard: dict[str, list[str]] = {name: [] for name in self.names}
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

    def _write(self, name: str) -> None:
        self.ground.write(f"{name}.yaml", f"model: {self.said[name]}\n")

    # ---- the steps

    def edit(self) -> None:
        """A person writes another model, or the same once more."""
        name = self._any()
        self.said[name] = self.ground.chance.choice(MODELS)
        self._write(name)

    def talk(self) -> None:
        """A person types a line; what the agent has written down is never to be missed again."""
        name = self._any()
        self._lines += 1
        line = f"line {self._lines} of {name}"
        with contextlib.suppress(OSError, AssertionError):  # nobody reads there now
            self.ground.type_line(name, line)
            wait_for(lambda: line in self._turns(name), HEARING, "a line to be heard")
            self.heard[name].append(line)

    def crash(self) -> None:
        """The agent is killed, at its prompt or in its turn."""
        if pid := self.ground.pid(self._any()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def crash_controller(self) -> None:
        self.ground.kill()
        self.ground.start()

    def upgrade(self) -> None:
        self.ground.stop()
        self.ground.start()

    # ---- what came of it

    def judge(self) -> None:
        """All are on their file's model with all that was heard, in one place, by one process, and nothing piled up."""
        wait_for(lambda: not self._behind(), PATIENCE, "the last word")
        ground = self.ground
        switched = sum(one["count"] for one in ground.events(EventType.MODEL_SWITCH))
        heard = sum(map(len, self.heard.values()))
        ground.toll.counted.update(sessions=len(self.names), switches=switched, lines=heard)
        lost = {name: why for name in self.names if (why := self._lost(name))}
        ground.toll.lost += len(lost)
        assert not lost, lost
        assert sorted(self._agents()) == sorted(filter(None, ground.pids(*self.names).values()))

    def _behind(self) -> dict[str, str | None]:
        ground = self.ground
        return {
            name: there
            for name, said in self.said.items()
            if (there := ground.model(name)) != said or ground.doing(name) != "idle"
        }

    def _lost(self, name: str) -> str | None:
        """Say what is missing of a conversation: a line, an order, or the answer to a question now."""
        heard = self.heard[name]
        kept = [line for line in self._turns(name) if line in set(heard)]
        if kept != heard:
            return f"heard {heard}, kept {kept}"
        if not heard:
            return None
        if not self.ground.recalls(name, heard[0]):
            return f"does not know {heard[0]!r} any more"
        answered = self._records(name)[-1]["model"]
        return None if answered.startswith(self.said[name]) else f"answers on {answered}, not {self.said[name]}"

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
    """Run all steps, and judge; the last controller has as many open files as when it began."""
    story = Soak(ground)
    story.begin()
    for _ in range(STEPS):
        story.step()
    story.upgrade()
    began = _open_files(ground)
    for name in story.names:
        story.said[name] = ground.chance.choice(MODELS)
        story._write(name)
    story.judge()
    assert _open_files(ground) <= began + SPARE_FILES


def _open_files(ground: Ground) -> int:
    assert ground.process is not None
    return psutil.Process(ground.process.pid).num_fds()
