"""One session on a fake machine, and everything that apply did to the world, in its order."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from controller.apply import steps
from controller.apply.ports import Ports
from controller.errors import MusterError
from controller.model.clock import Now
from controller.model.event import EventType
from controller.model.observed import ObservedModel, ProcessIdentity
from controller.model.outcome import Outcome
from controller.model.plan import Change, Doing, Hold, Launch, Reason, Restart
from controller.model.profile import Profile
from controller.model.record import Fingerprint, Intent, SessionRecord
from controller.model.session import RuntimeKind
from controller.model.tells import Registry
from controller.model.transaction import Event, Transaction
from controller.runtimes.base import SetOrder, StartOrder, StopOrder, StopReport
from tests.contract.fake_runtime import Behaviour, FakeMachine, FakeRuntime
from tests.property.worlds import profile

NAME = "ann"
NEW = Fingerprint(version=1, fields={"args": "new"})


def telling(**other: Any) -> Profile:
    """An agent that settles at once and says itself which conversation it works on."""
    return profile(settle=0.0, registry=Registry(path="/{pid}.json", conversation="id"), **other)


class MemoryJournal:
    """The journal's promises, in memory: a step is kept whole, or refused whole."""

    def __init__(self, story: list[str]) -> None:
        self.records: dict[str, SessionRecord] = {}
        self.intents: dict[str, Intent] = {}
        self.events: list[Event] = []
        self.refuses: Callable[[Transaction], bool] = lambda _: False
        self._story = story

    async def commit(self, step: Transaction) -> None:
        await asyncio.sleep(0)  # a disk takes its time, and others go on meanwhile
        if self.refuses(step):
            raise MusterError("cannot write the state: no space left")
        self.believe(step)

    def believe(self, step: Transaction) -> None:
        assert not {intent.id for intent in step.opened} & self.intents.keys()
        self.records |= {record.name: record for record in step.records}
        self.intents |= {intent.id: intent for intent in step.opened}
        for id_ in step.closed:
            self.intents.pop(id_, None)
        self.events += step.events
        self._story += [f"intent {intent.operation}" for intent in step.opened]
        self._story += ["record"] if step.records else []

    def record(self, name: str) -> SessionRecord:
        return self.records.get(name) or SessionRecord(name=name)


class Told(FakeRuntime):
    """The fake runtime, writing down what it is told."""

    def __init__(self, machine: FakeMachine, story: list[str]) -> None:
        super().__init__(machine)
        self._story = story
        self.refusal: MusterError | None = None
        """What a keeper answers to a model; none: it is set."""
        self.lacks: OSError | None = None
        """What the machine lacks for a start."""

    async def start(self, order: StartOrder) -> ProcessIdentity:
        self._story.append(f"start {order.asked_model}")
        if self.lacks is not None:
            raise self.lacks
        return await super().start(order)

    async def stop(self, order: StopOrder) -> StopReport:
        self._story.append("stop")
        return await super().stop(order)

    async def type(self, name: str, process: ProcessIdentity, line: str, *, into: str | None = None) -> None:
        self._story.append(f"type {line}")
        await super().type(name, process, line)

    async def set_model(self, order: SetOrder) -> None:
        self._story.append(f"tell {order.wish.name}{' later' if order.later else ''}")
        if self.refusal is not None:
            raise self.refusal


@dataclass(slots=True)
class SceneEyes:
    """What is seen when apply looks.

    :ivar silent: how often it is asked for its conversation before it reports one.
    :ivar model_of: the last report of the agent, asked for anew each time.
    :ivar speaks_of: whether the agent says what it does, asked for anew each time.
    """

    hold: Hold | None = None
    reported: str | None = None
    silent: int = 0
    model_of: Callable[[], ObservedModel | None] = lambda: None
    speaks_of: Callable[[], bool] = lambda: True

    async def recheck(self, change: Change) -> Hold | None:
        return self.hold

    async def conversation(self, name: str) -> str | None:
        self.silent -= 1
        return None if self.silent >= 0 else self.reported

    async def speaks(self, name: str) -> bool:
        return self.speaks_of()

    async def model(self, name: str) -> ObservedModel | None:
        return self.model_of()


@dataclass(slots=True)
class SceneClock:
    """Two seconds pass between two looks at it, so that whoever waits for something waits briefly."""

    boot: float = 1000.0

    def __call__(self) -> Now:
        self.boot += 2.0
        return Now(wall=1_000_000.0 + self.boot, boot=self.boot, boot_id="fake-boot")


@dataclass(slots=True)
class Scene:
    """A machine, a journal and eyes; what happened stands in ``story``."""

    profile: Profile = field(default_factory=telling)
    story: list[str] = field(default_factory=list)
    machine: FakeMachine = field(default_factory=FakeMachine)
    eyes: SceneEyes = field(default_factory=SceneEyes)
    environ: Mapping[str, str] = field(default_factory=dict)
    lacks: OSError | None = None
    journal: MemoryJournal = field(init=False)
    runtime: Told = field(init=False)

    def __post_init__(self) -> None:
        self.journal = MemoryJournal(self.story)
        self.runtime = Told(self.machine, self.story)

    @property
    def ports(self) -> Ports:
        return Ports(
            journal=self.journal,
            eyes=self.eyes,
            runtimes={RuntimeKind.PROCESS: self.runtime},
            profile=lambda _: self.profile,
            clock=SceneClock(),
            environ=self.environ,
            gone=self._gone,
            room=self._room,
        )

    def _room(self) -> None:
        if self.lacks is not None:
            raise self.lacks

    async def _gone(self, process: ProcessIdentity, within: float) -> bool:
        return not self.machine.alive(process)

    @property
    def record(self) -> SessionRecord:
        return self.journal.record(NAME)

    @property
    def living(self) -> list[StartOrder]:
        """The orders of all processes that live."""
        return [process.order for process in self.machine.processes if process.alive]

    @property
    def told(self) -> list[EventType]:
        return [event.type for event in self.journal.events]

    def event(self, kind: EventType) -> dict[str, Any]:
        """What the one event of a kind says."""
        (event,) = (event for event in self.journal.events if event.type is kind)
        return dict(event.data)

    def running(self, model: str = "small", **facts: Any) -> "Scene":
        """A session that runs on a model, with a conversation that is worth keeping."""
        order = StartOrder(
            name=NAME,
            nonce="n0",
            argv=("agent",),
            env={},
            cwd="/",
            asked_model=model,
            agent="talker",
            conversation="c1",
        )
        process = asyncio.run(FakeRuntime(self.machine).start(order))
        known = {
            "agent": "talker",
            "runtime": RuntimeKind.PROCESS,
            "process": process,
            "conversation": "c1",
            "generation": 1,
            "asked_model": model,
            "asked_at": 900_000.0,
            "last_good_model": model,
            "prompted": True,
            "cwd": "/",
        }
        self.journal.records[NAME] = SessionRecord(name=NAME).model_copy(update=known | facts)
        return self

    def behaves(self, **by_model: Behaviour) -> "Scene":
        """Let programs that are asked for a model behave in a way."""
        self.machine.behave = lambda order: by_model.get(order.asked_model, Behaviour())
        return self

    def ignoring_signals(self) -> "Scene":
        """Let what runs survive every signal."""
        for process in self.machine.processes:
            process.behaviour = Behaviour(ignores=frozenset({"TERM", "KILL", "INT", "HUP"}))
        return self

    def carry_out(self, action: Doing, reason: Reason = Reason.MODEL_CHANGED) -> Outcome:
        change = Change(
            session=NAME, action=action, reason=reason, detail="file says large", from_model=self.record.asked_model
        )
        return asyncio.run(steps.carry_out(change, self.ports))


def launch(model: str = "large", **other: Any) -> Launch:
    """Resume c1 on a model."""
    words: dict[str, Any] = {
        "agent": "talker",
        "runtime": RuntimeKind.PROCESS,
        "argv": ("agent", "--model", model),
        "env": (),
        "env_file": None,
        "cwd": "/",
        "model": model,
        "effort": None,
        "conversation": "c1",
        "generation": 1,
        "resumes": True,
        "fingerprint": NEW,
    }
    return Launch(**(words | other))


def fresh_launch(model: str = "large", **other: Any) -> Launch:
    """A new conversation on a model."""
    return launch(model, **({"conversation": "c2", "generation": 2, "resumes": False} | other))


def restart(back: str | None = "small", *, fresh: bool = False, **other: Any) -> Restart:
    """To large, with the ways out that the file allows."""
    way_back = replace(launch(**other), model=back, argv=("agent", "--model", back)) if back else None
    return Restart(launch(**other), way_back, fresh_launch() if fresh else None)
