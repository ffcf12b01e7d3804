"""The story that every agent is taken through, step by step; a step fails by AssertionError."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from controller.model.event import EventType
from tests.waiting import wait_for

from .wire_world import NAME, PATIENCE, WireWorld, gone

ALL_SWITCHES: Final = 20
SWITCHES: Final = int(os.environ.get("E2E_SWITCHES") or ALL_SWITCHES)
"""Fewer where time is dear; what is kept in ``results/`` and shown in the README has all of them."""

_THINKING: Final = 300
"""Seconds of the answer during which an edit must be held, at most: it goes on as soon as that was seen."""

_NOTICED: Final = 180.0
"""Seconds until a refusal has led to a new process that is ready; a start alone may take half of it."""


@dataclass(slots=True, kw_only=True)
class Told:
    """One step's end; ``why`` it failed."""

    step: str
    passed: bool
    seconds: float
    why: str = ""


@dataclass(slots=True, kw_only=True)
class Story:
    """A run of the scenario, as the results file holds it.

    :ivar switches: seconds from the edit of the file of an idle session until a prompt could be typed, each.
    :ivar strategy: how Muster says that it switched.
    :ivar memory: resident bytes of the session's processes at the end.
    :ivar planned: how many switches it was to make in a row; ``of``: how many steps it had.
    :ivar load: of the machine at the beginning; its processors are ``cores``.
    """

    agent: str
    version: str
    runtime: str = "tmux"
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    load: float = field(default_factory=lambda: round(os.getloadavg()[0], 1))
    strategy: str = ""
    steps: list[Told] = field(default_factory=list)
    switches: list[float] = field(default_factory=list)
    planned: int = SWITCHES
    of: int = 0
    memory: int = 0

    def as_json(self) -> dict[str, Any]:
        """The story for the results file."""
        return asdict(self) | {"switch_seconds": round(statistics.median(self.switches), 2) if self.switches else None}


class Scene:
    """The world, and what the steps have to remember from one to the next."""

    def __init__(self, world: WireWorld, story: Story) -> None:
        self.world, self.story = world, story
        self.a, self.b = world.row.models
        self.pid = 0
        self.conversation: str | None = None

    # ---- the steps

    def start(self) -> None:
        """A file starts the session, and the first request carries its model and a secret."""
        world = self.world
        world.declare(self.a)
        world.start()
        self.pid = world.ready(within=world.row.cold)
        world.turn(self.a, "secret")
        world.state_is("verified")
        self.conversation = world.told_conversation()
        assert self.conversation, "the conversation's id is not known after a turn"

    def held(self) -> None:
        """An edit while it is busy: the plan shows the switch, and it is held; the turn ends where it began."""
        world = self.world
        tag = world.tag("busy")
        world.type(f"Remember {tag} [[delay {_THINKING}]]")
        world.asks(tag)
        # Agents write down that they work some tenths of a second after their request is on its way.
        wait_for(lambda: world.status(NAME)["activity"] == "busy", PATIENCE, "the turn to be seen")
        world.declare(self.b)
        [change] = world.muster("plan", "--json", exits=None).json["changes"]
        shown = {key: change[key] for key in ("action", "strategy", "from_model", "to_model")}
        expected = {"action": "hold", "strategy": world.row.strategy, "from_model": self.a, "to_model": self.b}
        assert shown == expected, shown
        assert "busy" in change["hold"]["sentence"], change["hold"]
        world.state_is("held")
        world.passes(2)
        assert world.pid(NAME) == self.pid, "a busy agent was restarted"
        world.server.hurried.set()
        world.answered(tag, self.a)

    def applied(self) -> None:
        """Idle: the switch is made, and the next request carries the new model and all that was said."""
        self.pid = self.world.ready(unlike=self.pid)
        self.world.turn(self.b)
        self.verified(self.b)

    def came_back(self) -> None:
        """Killed with SIGKILL it comes back on the new model, with its conversation."""
        killed = self.world.kill_agent()
        self.pid = self.world.ready(unlike=killed)
        self.world.turn(self.b)
        self.verified(self.b)

    def finished(self) -> None:
        """A controller killed in mid-switch, at two instants: the next one finishes."""
        world = self.world
        for model, down in ((self.a, True), (self.b, False)):
            old = self.pid
            world.state_is("verified")
            world.declare(model)
            wait_for(lambda old=old: gone(old), PATIENCE, "the end of the old process")  # type: ignore[misc]
            if not down:
                wait_for(lambda: world.pid(NAME), PATIENCE, "the new process")
            world.kill()
            world.start()
            self.pid = world.ready(unlike=old)
            world.turn(model)
            self.verified(model)

    def untouched(self) -> None:
        """A model that the agent does not offer: an error, and nothing is touched."""
        world = self.world
        before = world.events(EventType.MODEL_SWITCH)
        world.declare(world.row.unknown)
        assert world.muster("validate", exits=None).code == 3
        world.passes(3)
        assert world.pid(NAME) == self.pid, "the process was touched"
        world.turn(self.b)
        world.declare(self.b)
        world.passes(1)
        assert world.events(EventType.MODEL_SWITCH) == before
        assert world.pid(NAME) == self.pid, "the process was touched"

    def refused(self) -> None:
        """The provider refuses the model: back to the one that worked, same conversation, and the state says so."""
        world, good = self.world, self.a if SWITCHES % 2 else self.b
        world.state_is("verified")
        model, wire = world.row.refused
        world.server.refused = {wire: 404}
        world.declare(model)
        self.pid = world.ready(unlike=self.pid)
        tag = world.tag("refused")
        world.type(f"Remember {tag}")
        assert world.asks(tag)["model"] == wire
        self.pid = world.ready(unlike=self.pid, within=_NOTICED)
        world.turn(good)
        seen = world.state_is("parked", "held")
        assert model in seen["message"], seen["message"]
        world.declare(good)
        self.verified(good)

    def again(self) -> None:
        """Switch after switch, each made once and with its conversation, and no turn is lost."""
        world = self.world
        before = len(world.events(EventType.MODEL_SWITCH))
        for number in range(SWITCHES):
            model = (self.a, self.b)[number % 2]
            rested = time.monotonic() + world.row.rest
            world.state_is("verified")
            wait_for(lambda rested=rested: time.monotonic() > rested, what="an idle that is believed")  # type: ignore[misc]
            began = time.monotonic()
            world.declare(model)
            self.pid = world.ready(unlike=self.pid)
            self.story.switches.append(round(time.monotonic() - began, 3))
            world.turn(model)
        self.verified(model)
        self.once_each(world.events(EventType.MODEL_SWITCH)[before:], ((self.b, self.a), (self.a, self.b)))
        assert not world.others(), world.others()
        self.story.memory = world.memory()

    def once_each(self, made: list[dict[str, Any]], both: Sequence[tuple[str, str]]) -> None:
        """As many switches were made as edits, from the one model to the other, and no conversation was left."""
        told = [(one["from_model"], one["to_model"], one["context"]) for one in made]
        assert told == [(*both[number % 2], "kept") for number in range(SWITCHES)], told
        [self.story.strategy] = {one["strategy"] for one in made}

    def verified(self, model: str) -> None:
        """Muster says that the model is on the wire; it and the agent name the conversation of the beginning."""
        world, conversation = self.world, self.conversation or ""
        seen = world.state_is("verified")
        assert seen["observed"]["model"] == model, seen
        assert seen["conversation"] == conversation, f"another conversation: {seen['conversation']}"
        assert world.named == ({conversation} if world.row.header else set()), f"the wire names {world.named}"
        wait_for(
            lambda: world.on_disk(conversation), PATIENCE, f"the newest turn in the agent's file of {conversation}"
        )


S = TypeVar("S", bound=Scene)

STEPS: Final[tuple[tuple[str, Callable[[Scene], None]], ...]] = (
    ("starts by its file", Scene.start),
    ("held while busy", Scene.held),
    ("switched when idle", Scene.applied),
    ("comes back after kill -9", Scene.came_back),
    ("controller killed in mid-switch", Scene.finished),
    ("unknown model: untouched", Scene.untouched),
    (f"{SWITCHES} switches in a row", Scene.again),
    ("refused by the provider: back", Scene.refused),
)
"""The last one stands at the end because it leaves the agent in a state that the others do not expect when it fails."""


def play(scene: S, steps: Sequence[tuple[str, Callable[[S], None]]]) -> None:
    """Take an agent through every step up to the first that fails."""
    story = scene.story
    story.of = len(steps)
    for name, step in steps:
        began = time.monotonic()
        try:
            step(scene)
        except AssertionError as failure:
            why = "\n".join([str(failure), *getattr(failure, "__notes__", [])])
            story.steps.append(Told(step=name, passed=False, seconds=round(time.monotonic() - began, 1), why=why))
            return
        story.steps.append(Told(step=name, passed=True, seconds=round(time.monotonic() - began, 1)))
