"""A soak among agents that behave badly: whatever they do, the harm is theirs alone, and ends with their behaviour."""

import contextlib
import threading
from typing import Final, Self

import psutil

from tests.torture.ground import FULL, Ground
from tests.torture.soak import Soak

SESSIONS: Final = 60 if FULL else 6
STEPS: Final = 600 if FULL else 40
FAULTS: Final = ("ignore-term", "die-at-once", "refuse-resume", "wrong-model", "forks-helper")
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
        """Every agent of this ground, by the conversation on its command line."""
        found: dict[str, set[int]] = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                words = process.cmdline()
                if "embedded-agent" not in words or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if process.environ().get("MUSTER_DEMO_HOME") == str(self._ground.agent):
                    flag = "--resume" if "--resume" in words else "--session-id"
                    found.setdefault(words[words.index(flag) + 1], set()).add(process.pid)
        return found


class Hostile(Soak):
    """Every file names faults of its agent; now and then they are other ones."""

    def __init__(self, ground: Ground) -> None:
        self.faults: dict[str, tuple[str, ...]] = {}
        super().__init__(ground, SESSIONS)
        self._steps.append((self.turn_bad, 4))

    def _write(self, name: str) -> None:
        fault = ",".join(self.faults.get(name, ()))
        said = f"env: {{MUSTER_DEMO_FAULT: '{fault}'}}\n" if fault else ""
        self.ground.write(f"{name}.yaml", f"model: {self.said[name]}\nresume: required\n{said}")

    def turn_bad(self) -> None:
        """An agent takes other faults, one, two or none; they are its own from its next start."""
        name = self._any()
        self.faults[name] = tuple(self.ground.chance.sample(FAULTS, self.ground.chance.randrange(3)))
        self._write(name)

    def repent(self) -> None:
        """All behave again, and a person lets what was parked be tried once more."""
        self.faults.clear()
        for name in self.names:
            self._write(name)
            self.ground.muster("retry", name, exits=None)


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
