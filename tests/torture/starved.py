"""A controller in need: whatever is missing, sessions run on, nothing runs twice, and all mends by itself."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import Final

from controller.errors import MusterError
from controller.model.event import EventType
from controller.settings import self_spawn
from tests.torture.ground import FULL, Ground
from tests.torture.hostile import Watch
from tests.torture.scarce import Scarce
from tests.torture.trees import MODELS
from tests.waiting import wait_for

SESSIONS: Final = 8 if FULL else 5
ROUNDS: Final = 2 if FULL else 1
PATIENCE: Final = 240.0 if FULL else 90.0
LONGEST: Final = 0.8
"""Seconds before and after a resource is taken: it falls before, into and behind a switch."""
TRIES: Final = 10
"""Failed actions a second at most: of two sessions, each tried about once."""
TOLD: Final = 40.0
"""Seconds until somebody who looks is told."""


class Need:
    """Some sessions, one of which is edited and one killed while something is missing."""

    def __init__(self, ground: Ground, scarce: Scarce) -> None:
        self.ground, self.scarce = ground, scarce
        self.said = {f"s{number}": "mini" for number in range(SESSIONS)}
        self.moved: set[str] = set()

    def begin(self) -> None:
        for name in self.said:
            self._write(name)
        self._start()
        self.ground.up(*self.said)
        for name in self.said:
            self.ground.talk(name, f"hello, {name}")
        self.ground.toll.counted["sessions"] += len(self.said)

    def _write(self, name: str) -> None:
        self.ground.write(f"{name}.yaml", f"model: {self.said[name]}\nresume: required\n")

    def _start(self) -> None:
        """Start the controller where the resource can be taken from it."""
        self._open(self.scarce.by)
        wait_for(self.ground.passed, PATIENCE, "the first pass")

    def _open(self, by: tuple[str, ...]) -> None:
        for sign in ("ready", "live"):
            with suppress(OSError):
                (self.ground.state / sign).unlink(missing_ok=True)
        with self.ground.log.open("ab") as log:
            self.ground.process = subprocess.Popen(
                [*by, *self_spawn("run")], env=self.ground.env, cwd=self.ground.root, stdout=log, stderr=log
            )

    def round(self) -> None:
        """An edit and a death while something is missing; then it is back."""
        ground, chance = self.ground, self.ground.chance
        edited, killed = chance.sample(list(self.said), 2)
        still = ground.pids(*(self.said.keys() - {edited, killed}))
        self.said[edited] = chance.choice([model for model in MODELS if model != self.said[edited]])
        self._write(edited)
        ground.moment(LONGEST)
        ground.toll.counted["faults"] += 1
        began, at = len(ground.log.read_text()), time.monotonic()
        self.scarce.take()
        try:
            ground.moment(LONGEST)
            self._kill(killed)
            wait_for(lambda: self._told(began), TOLD, f"a word of {self.scarce.says!r}")
            assert ground.pids(*still) == still
            tried = ground.log.read_text()[began:].count("action_failed")
            assert tried <= TRIES * (1 + time.monotonic() - at), "it tries without a rest"
        finally:
            self.scarce.give()
        wait_for(lambda: not self._behind(), PATIENCE, "all on the models of their files, by themselves")
        wait_for(self._readable, PATIENCE, "a state that can be read")
        ground.up(*self.said)  # and no start that is about to fail
        assert not self._behind()
        assert ground.pids(*still) == still

    def _readable(self) -> bool:
        """Tell whether the controller has a whole state again: sessions run without one."""
        try:
            self.ground.record(next(iter(self.said)))
        except MusterError:
            return False
        return True

    def _kill(self, name: str) -> None:
        if pid := self.ground.pid(name):
            self.ground.toll.counted["kills"] += 1
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _told(self, began: int) -> bool:
        """Whoever looks is told: by status, beside it, or in the controller's log."""
        ran = self.ground.muster("status", exits=None)
        return self.scarce.says in f"{ran.out}{ran.err}{self.ground.log.read_text()[began:]}"

    def _behind(self) -> dict[str, str | None]:
        there = {name: self.ground.model(name) for name in self.said}
        return {name: at for name, at in there.items() if at != self.said[name]}

    def at_the_start(self) -> None:
        """A controller that does not find it harms nobody; it goes on when it is back, or the next one does."""
        ground, before = self.ground, self.ground.pids(*self.said)
        ground.kill()
        for sign in ("ready", "live"):
            (ground.state / sign).unlink(missing_ok=True)
        ground.toll.counted["faults"] += 1
        self.scarce.take()
        try:
            self._open(self.scarce.poor or self.scarce.by)
            ground.moment(2 * LONGEST)
            assert ground.pids(*self.said) == before
        finally:
            self.scarce.give()
        wait_for(lambda: ground.passed() or self._ended(), PATIENCE, "a pass, or the end of the controller")
        if self._ended() or self.scarce.poor:
            with suppress(ProcessLookupError):
                ground.kill()
            self._start()
        wait_for(ground.passed, PATIENCE, "a pass")
        ground.passes()
        assert ground.pids(*self.said) == before

    def _ended(self) -> bool:
        """Tell whether the controller gave up; then its exit code said so."""
        assert self.ground.process is not None
        code = self.ground.process.poll()
        assert code != 0
        return code is not None

    def judge(self) -> None:
        """All that was said is known, and nobody was started more often than was needed."""
        switched = sum(one["count"] for one in self.ground.events(EventType.MODEL_SWITCH))
        self.ground.toll.counted["switches"] += switched
        for name in self.said:
            assert self.ground.recalls(name, f"hello, {name}"), name


def need(ground: Ground, scarce: Scarce, *, at_work: bool, at_start: bool) -> None:
    """Run the rounds with a look out for second writers, and judge."""
    story = Need(ground, scarce)
    story.begin()
    with Watch(ground) as watch:
        for _ in range(ROUNDS):
            if at_work:
                story.round()
            if at_start:
                story.at_the_start()
        story.judge()
    assert not watch.seen, watch.seen
