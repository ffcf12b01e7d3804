"""Controllers and commands killed at their own steps, several in a row: one process, and what was said last."""

import signal
import subprocess
import time
from typing import Final

from controller.model.event import EventType
from controller.model.session import RuntimeKind
from controller.record.journal import Journal
from controller.record.store import Access, Store
from controller.settings import self_spawn
from tests.integration.controller_world import PATIENCE
from tests.torture.ground import FULL
from tests.torture.hostile import Watch
from tests.torture.mixed import RUNTIMES, MixedGround
from tests.torture.trees import MODELS
from tests.waiting import wait_for

ROUNDS: Final = 10 if FULL else 2
IN_A_ROW: Final = 3
"""The next controller, which finishes what the last one began, is killed as well, and so is the one after it."""
STEPS: Final = {"run": 70, "launcher": 14, "keeper": 30}
"""How many steps a program has at most in a round, as `watch/doom.py` counts them; by its word on the command line."""
EDIT_STEPS: Final = 15
"""Of a command."""
LONGEST: Final = 3.0
"""Seconds in which a controller comes to the step at which it dies; one that has fewer is killed then."""
CARRIED: Final = (*RUNTIMES, RuntimeKind.PROCESS, RuntimeKind.ACP)
"""How its sessions live."""
LEFT: Final = {".order", ".spec", ".report"}
"""What a launch is told and where it answers; nothing of it stays that no controller lived to hand over."""


class Ruins(MixedGround):
    """Programs die there at one of their own steps."""

    def doomed(self, word: str, *words: str) -> bool:
        """Run a program that dies at a random step, by the word on its command line; false when it had fewer."""
        self.env["TORTURE_DIE"] = f"{word}:{self.chance.randint(1, STEPS.get(word, EDIT_STEPS))}"
        with self.log.open("ab") as log:
            process = subprocess.Popen(self_spawn(*words), env=self.env, cwd=self.root, stdout=log, stderr=log)
        del self.env["TORTURE_DIE"]
        end = time.monotonic() + LONGEST
        wait_for(lambda: process.poll() is not None or time.monotonic() > end, PATIENCE, "the end")
        died = process.poll() == -signal.SIGKILL
        process.kill()
        process.wait(PATIENCE)
        self.toll.counted["kills"] += 1
        self.toll.counted["faults"] += died
        return died


class Crashes:
    """Some sessions, and what their files say."""

    def __init__(self, ground: Ruins) -> None:
        self.ground = ground
        self.names = [f"{kind}{number}" for number, kind in enumerate(CARRIED)]
        self.said: dict[str, str | None] = dict.fromkeys(self.names, "mini")
        self._word = {name: f"the word of {name}" for name in self.names}
        self._begun: dict[str, str] = {}
        self._adopted: dict[str, int] = {}
        """The processes that people started, by the names of their files."""

    def begin(self) -> None:
        """Have all sessions up, with a word that each has to remember."""
        for name, kind in zip(self.names, CARRIED, strict=True):
            self.ground.write(f"{name}.yaml", f"# of {name}\nruntime: {kind}\nmodel: mini\nresume: required\n")
        self._converged()
        self._begun = {name: self.ground.conversation(name) for name in self.names}
        for name in self.names:
            self._hears(name, self._word[name], self._word[name])

    def round(self) -> None:
        """Something else is wanted; controllers die over it; one that lives makes it so."""
        for name in self.ground.chance.sample(self.names, 3):
            self._edit(name)
        if len(self._adopted) < len(self.ground.bystanders):
            self._adopt(self.ground.bystanders[len(self._adopted)].pid)
        for _ in range(self.ground.chance.randint(1, IN_A_ROW)):
            (word,) = self.ground.chance.choices(list(STEPS), (6, 1, 1))
            self.ground.doomed(word, "run")
        self._converged()

    def _edit(self, name: str) -> None:
        """By a command that dies over it, which leaves the one or the other; and once more."""
        model = self.ground.chance.choice(MODELS)
        word, *words = self.ground.chance.choice([("set-model", name, model), ("stop", name), ("start", name)])
        before = self.ground.read(f"{name}.yaml")
        self.ground.doomed(word, word, *words)
        between = self.ground.read(f"{name}.yaml")
        self.ground.muster(word, *words)
        assert between in {before, self.ground.read(f"{name}.yaml")}, between
        self.ground.toll.counted["edits"] += 1
        lines = dict(line.split(": ") for line in self.ground.read(f"{name}.yaml").splitlines()[1:])
        self.said[name] = None if lines.get("state") == "stopped" else lines["model"]

    def _adopt(self, pid: int) -> None:
        """A command dies while it takes in a person's agent: its file is whole or not there; and once more."""
        words = ("adopt", str(pid), "--write")
        self.ground.doomed("adopt", *words)
        self.ground.muster("validate")
        self.ground.muster(*words, exits=None)
        there = [file.stem for file in self.ground.sessions.glob("*.yaml") if f"process {pid}" in file.read_text()]
        assert len(there) == 1, there
        self._adopted[there[0]] = pid

    def _taken_in(self, name: str) -> bool:
        process = self.ground.record(name).process
        return process is not None and process.pid == self._adopted[name]

    def _converged(self) -> None:
        ground = self.ground
        orders = [file.name for file in ground.run_dir.glob("*") if file.suffix in LEFT]
        ground.start()
        wait_for(lambda: not self._behind(), PATIENCE, "what the files say")
        assert not [name for name in orders if (ground.run_dir / name).exists()], "secrets were left on the disk"
        wait_for(lambda: all(map(self._taken_in, self._adopted)), PATIENCE, "people's agents to be taken in")
        wait_for(lambda: not self._open_intents(), PATIENCE, "the end of every intent")
        ground.kill()

    def _open_intents(self) -> int:
        with Store(self.ground.state / "state.db", Access.READ) as store:
            return len(Journal(store).open_intents())

    def _behind(self) -> dict[str, str | None]:
        ground = self.ground
        there = {name: ground.model(name) if ground.pid(name) else None for name in self.names}
        ready = {name: model is None or ground.doing(name) == "idle" for name, model in there.items()}
        return {name: there[name] for name in self.names if there[name] != self.said[name] or not ready[name]}

    def judge(self) -> None:
        """All are on the conversation that they began with, and know their word."""
        self.ground.start()
        for name in self.names:
            self.ground.muster("start", name)
            self.said[name] = self.said[name] or self._model_of(name)
        wait_for(lambda: not self._behind(), PATIENCE, "all sessions up")
        self.ground.toll.lost += sum(self.ground.conversation(name) != self._begun[name] for name in self.names)
        assert {name: self.ground.conversation(name) for name in self.names} == self._begun
        for name in self.names:
            self._hears(name, "what did I tell you?", self._word[name])

    def _model_of(self, name: str) -> str:
        return self.ground.read(f"{name}.yaml").partition("model: ")[2].split()[0]

    def _hears(self, name: str, line: str, answer: str) -> None:
        before = len(self.ground.turns(name, "assistant"))
        self.ground.muster("send", name, line)
        wait_for(lambda: len(self.ground.turns(name, "assistant")) > before, PATIENCE, f"an answer of {name}")
        assert answer in self.ground.turns(name, "assistant")[-1]


def crashes(ground: Ruins) -> None:
    """Run all rounds, and look all the time for second writers."""
    story = Crashes(ground)
    with Watch(ground) as watch:
        story.begin()
        for _ in range(ROUNDS):
            story.round()
        story.judge()
    switched = sum(one["count"] for one in ground.events(EventType.MODEL_SWITCH))
    ground.toll.counted.update(sessions=len(story.names), switches=switched)
    assert not watch.seen, watch.seen
