"""The ground of a campaign: a controller, its sessions, people's own agents beside them, and a book of all signals."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from controller.settings import self_spawn
from tests.integration.controller_world import ControllerWorld
from tests.torture.ledger import entry
from tests.waiting import wait_for

ROOT: Final = Path(__file__).resolve().parents[2]
FULL: Final = os.environ.get("TORTURE") == "full"
KEPT: Final = ROOT / ".torture"
"""Where the short directory of a campaign that failed is left."""
FLEET: Final = """\
defaults: {agent: demo, model: balanced}
rollout: {at_once: 1000, pause: 0s, halt_after_failures: 1000}
guards: {mass_change: {percent: 100, at_least: 1000}}
limits: {running: 1000, starts_at_once: 8}
"""
"""Nothing is held back by number: these campaigns are about what must not happen at all."""


_FIRST: Final = ("sessions", "switches", "kills", "faults", "signals")


@dataclass(slots=True)
class Toll:
    """What a campaign did, and what came of it; the last two have to be nought."""

    counted: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    foreign: int = 0

    def add(self, other: "Toll") -> None:
        self.counted.update(other.counted)
        self.lost += other.lost
        self.foreign += other.foreign

    def __str__(self) -> str:
        """Return the numbers that matter in their order, then what else was done."""
        first = [f"{self.counted[what]} {what}" for what in _FIRST]
        rest = [f"{number} {what}" for what, number in sorted(self.counted.items()) if what not in _FIRST]
        end = f"conversations lost: {self.lost}, foreign signals: {self.foreign}"
        return f"{', '.join(first)}, {end}; among it: {', '.join(rest)}"


_BYSTANDERS: Final = 3
TOLL: Final = Toll()
"""Of all campaigns of this process."""


class Ground(ControllerWorld):
    """One campaign's place. Chance decides everything that the seed is to tell again."""

    def __init__(self, root: Path, seed: int, fleet: str = FLEET, **env: str) -> None:
        self.book = root / "signals.jsonl"
        self.ledger = root / "ledger"
        path = os.pathsep.join(filter(None, (str(Path(__file__).parent / "watch"), os.environ.get("PYTHONPATH"))))
        self.temporary = root / "tmp"
        watch = {"PYTHONPATH": path, "TORTURE_SIGNALS": str(self.book), "TMPDIR": str(self.temporary)}
        super().__init__(root, fleet, **watch, **{"TORTURE_LEDGER": str(self.ledger)} | env)
        self.ledger.mkdir()
        self.temporary.mkdir()
        self.seed = seed
        self.chance = random.Random(seed)
        self.toll = Toll()
        self.bystanders: list[subprocess.Popen[bytes]] = []

    def bystander(self, **env: str) -> "subprocess.Popen[bytes]":
        """A person begins a conversation of their own with the same agent, in the same home or in that of `env`."""
        words = self_spawn("embedded-agent", "--model", "mini", "--session-id", str(uuid.uuid4()))
        known = self.env | env
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                words, env=known, cwd=self.root, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        self.beside(process)
        wait_for(Path(known["MUSTER_DEMO_HOME"], "sessions", f"{process.pid}.json").exists, what="a person's agent")
        return process

    def beside(self, process: subprocess.Popen[bytes]) -> None:
        """Take a stranger in, who has to live to the end."""
        self.bystanders.append(process)
        self._strangers.append(process)

    def moment(self, longest: float) -> None:
        """Let a random time pass, so that what comes next falls before, into or behind what goes on."""
        end = time.monotonic() + self.chance.uniform(0, longest)
        wait_for(lambda: time.monotonic() >= end, longest + 30, "the moment")

    def argv(self, name: str) -> list[str]:
        """As it was told; what the system shows of it now may be anything."""
        file = self.run_file(name)
        one = entry(self.ledger, file.process) if file else None
        return list(one.words) if one else []

    def signals(self) -> list[dict[str, Any]]:
        """Every signal that was sent so far."""
        return [json.loads(line) for line in self.book.read_text().splitlines()] if self.book.exists() else []

    def judge_strangers(self) -> None:
        """Nobody else's process was signalled, and all of them live."""
        sent = self.signals()
        self.toll.counted["signals"] += len(sent)
        foreign = [one for one in sent if one["whose"] == "foreign"]
        self.toll.foreign += len(foreign)
        assert not foreign, foreign
        assert [one.poll() for one in self.bystanders] == [None] * len(self.bystanders)

    def keep(self, campaign: str) -> Path:
        """Leave what is needed to understand a failure."""
        place = KEPT / f"{campaign}-{self.seed}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for file in (self.log, self.book, self.state / "state.db"):
            if file.exists():
                shutil.copy(file, place)
        for words in (("events", "--json", "--limit", "100000"), ("status", "--json"), ("plan",)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                ran = self.muster(*words, exits=None)
                (place / f"{words[0]}.txt").write_text(ran.out + ran.err)
        with contextlib.suppress(OSError):
            shutil.copytree(self.sessions.resolve(), place / "sessions.d", dirs_exist_ok=True)
        return place


@contextlib.contextmanager
def campaign(name: str, ground: Ground, which: str = "") -> Iterator[Ground]:
    """Run a campaign beside people's own agents; a failure names its seed and leaves its directory; all is ended.

    :param name: as in the name of its file of tests.
    :param which: of several in that file.
    """
    try:
        for _ in range(_BYSTANDERS):
            ground.bystander()
        yield ground
        ground.judge_strangers()
    except BaseException as failure:
        again = f"TORTURE_SEED={ground.seed} pytest tests/torture/test_{name}.py"
        failure.add_note(f"{'TORTURE=full ' if FULL else ''}{again}; see {ground.keep(f'{name}{which}')}")
        raise
    finally:
        TOLL.add(ground.toll)
        ground.close()
        ground.end_sessions()


@contextlib.contextmanager
def load(count: int = 2) -> Iterator[None]:
    """Keep some processors busy, in the long form: the short one runs beside other tests."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count if FULL else 0)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
