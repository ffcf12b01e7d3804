"""The story that every agent is taken through, step by step; a step fails by AssertionError."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import psutil

from controller.model.event import EventType
from tests.waiting import wait_for

from .wire_world import NAME, PATIENCE, WireWorld

SWITCHES: Final = 20
_THINKING: Final = 120
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
    :ivar memory: resident bytes of the session's processes at the end.
    """

    agent: str
    version: str
    runtime: str = "tmux"
    steps: list[Told] = field(default_factory=list)
    switches: list[float] = field(default_factory=list)
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
        world.declare(self.b)
        [change] = world.muster("plan", "--json", exits=None).json["changes"]
        shown = {key: change[key] for key in ("action", "strategy", "from_model", "to_model")}
        expected = {"action": "hold", "strategy": "restart", "from_model": self.a, "to_model": self.b}
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
            wait_for(lambda old=old: _gone(old), PATIENCE, "the end of the old process")  # type: ignore[misc]
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
        world = self.world
        world.state_is("verified")
        model, wire = world.row.refused
        world.server.refused = {wire: 404}
        world.declare(model)
        self.pid = world.ready(unlike=self.pid)
        tag = world.tag("refused")
        world.type(f"Remember {tag}")
        assert world.asks(tag)["model"] == wire
        self.pid = world.ready(unlike=self.pid, within=_NOTICED)
        world.turn(self.b)
        seen = world.state_is("parked", "held")
        assert model in seen["message"], seen["message"]
        world.declare(self.b)
        self.verified(self.b)

    def again(self) -> None:
        """Twenty switches in a row, and no turn is lost."""
        world = self.world
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
        self.story.memory = world.memory()

    def verified(self, model: str) -> None:
        """Muster says that the model is on the wire, and names the conversation of the beginning."""
        seen = self.world.state_is("verified")
        assert seen["observed"]["model"] == model, seen
        assert self.world.told_conversation() == self.conversation, "another conversation"


STEPS: Final[tuple[tuple[str, Callable[[Scene], None]], ...]] = (
    ("starts by its file", Scene.start),
    ("held while busy", Scene.held),
    ("switched when idle", Scene.applied),
    ("comes back after kill -9", Scene.came_back),
    ("controller killed in mid-switch", Scene.finished),
    ("unknown model: untouched", Scene.untouched),
    ("20 switches in a row", Scene.again),
    ("refused by the provider: back", Scene.refused),
)
"""The last one stands at the end because it leaves the agent in a state that the others do not expect when it fails."""


def play(world: WireWorld, story: Story) -> None:
    """Take an agent through every step up to the first that fails."""
    scene = Scene(world, story)
    for name, step in STEPS:
        began = time.monotonic()
        try:
            step(scene)
        except AssertionError as failure:
            why = "\n".join([str(failure), *getattr(failure, "__notes__", [])])
            story.steps.append(Told(step=name, passed=False, seconds=round(time.monotonic() - began, 1), why=why))
            return
        story.steps.append(Told(step=name, passed=True, seconds=round(time.monotonic() - began, 1)))


def _gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
