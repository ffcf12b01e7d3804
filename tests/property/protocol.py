"""One session's whole world as values: its file, its person, its agent, a stranger, and a controller that may die.

All that decides is the product's own: what is noticed, planned, held, done, written down and recovered. Only the
machine is a model. Its laws are asserted at the moment when they would be broken.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from controller.apply import steps
from controller.apply.ports import Ports
from controller.errors import MusterError
from controller.loop import once
from controller.loop.notice import notice
from controller.loop.recover import recover
from controller.model.clock import Now
from controller.model.control import RequestKind
from controller.model.event import EventType
from controller.model.observed import Activity, Observed, ObservedModel, Presence, ProcessIdentity, Stranger
from controller.model.outcome import End
from controller.model.plan import Change, Hold, Leave
from controller.model.record import OneShot, SessionRecord
from controller.model.session import Resume, RuntimeKind, SessionSpec, When
from controller.model.transaction import Transaction
from controller.plan import guards, order
from controller.plan.case import Case, World
from controller.runtimes.base import StartOrder, StopOrder, StopReport
from tests.contract.fake_runtime import Behaviour, FakeMachine, FakeProcess
from tests.property.mortal import Fate, Killed, MortalJournal, MortalRuntime, run_file
from tests.property.worlds import declared, desired, fleet_spec, identity, loaded, profile
from tests.unit.apply.scene import NAME, telling

GRACE: Final = fleet_spec().guards.delete_grace
REFUSAL: Final = "no such conversation"
LAUNCHES: Final[Mapping[str, Behaviour]] = {
    "fine": Behaviour(),
    "not there": Behaviour(missing=True),
    "dies": Behaviour(exits_at_once=3),
    "killed": Behaviour(exits_at_once=-9),
    "refuses": Behaviour(exits_at_once=1, prints=REFUSAL),
    "begins another": Behaviour(),
}
"""What may become of a launch; the last two only where it resumes."""
_RESUMING: Final = ("refuses", "begins another")
_LEAVING: Final = (EventType.SESSION_FRESH, EventType.CONVERSATION_CHANGED)
_WALL: Final = 1_000_000.0


@dataclass(slots=True)
class Clock:
    """Goes on by what happens, and by three seconds whenever somebody looks at it: who waits, waits briefly."""

    boot: float = 1000.0

    def __call__(self) -> Now:
        self.boot += 3.0
        return self.now

    @property
    def now(self) -> Now:
        return Now(wall=_WALL + self.boot, boot=self.boot, boot_id="fake-boot")


@dataclass(slots=True)
class Said:
    """A conversation as its agent wrote it down: how many turns, and who answered last."""

    turns: int = 0
    model: ObservedModel | None = None


@dataclass(slots=True)
class Truth:
    """What is so, whoever knows it.

    :ivar own_way: by nonce, the conversation that an agent began instead of the one that it was told.
    :ivar chosen: the nonces of processes in which a person took another model.
    :ivar heard: by nonce, the models that it was told in place, by whomever.
    :ivar shows: the nonce of the process that shows the model which it was told last.
    :ivar busy: the nonce of the process that is in a turn.
    :ivar launches: what will become of the next ones; then all are fine.
    """

    machine: FakeMachine = field(default_factory=FakeMachine)
    said: dict[str, Said] = field(default_factory=dict)
    own_way: dict[str, str] = field(default_factory=dict)
    chosen: set[str] = field(default_factory=set)
    heard: dict[str, list[str]] = field(default_factory=dict)
    shows: str | None = None
    busy: str | None = None
    since: float = 0.0
    stranger: str | None = None
    deaf: bool = False
    launches: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machine.behave = self._behave

    def _behave(self, order: StartOrder) -> Behaviour:
        how = self.launches.pop(0) if self.launches else "fine"
        if how in _RESUMING and not order.resumes:
            how = "fine"
        if how == "begins another":
            self.own_way[order.nonce] = f"own-{len(self.own_way)}"
        return LAUNCHES[how]

    @property
    def living(self) -> FakeProcess | None:
        alive = [process for process in self.machine.processes if process.alive]
        assert len(alive) <= 1, "two processes of one session (law 3)"
        return alive[0] if alive else None

    @property
    def in_a_turn(self) -> bool:
        return self.living is not None and self.living.order.nonce == self.busy

    def conversation(self, process: FakeProcess) -> str:
        return self.own_way.get(process.order.nonce) or process.order.conversation or ""

    def model(self, process: FakeProcess) -> str:
        told = self.heard.get(process.order.nonce)
        return told[-1] if told else process.order.asked_model

    def choose(self, model: str) -> None:
        """A person takes another model inside the session."""
        if process := self.living:
            self.chosen.add(process.order.nonce)
            self.heard.setdefault(process.order.nonce, []).append(model)
            self.shows = None

    def behave(self, how: Behaviour) -> None:
        """Let what lives behave in another way."""
        if process := self.living:
            process.behaviour = how

    def turns(self, conversation: str | None) -> int:
        return self.said[conversation].turns if conversation in self.said else 0


class Lawful(MortalRuntime):
    """Asserts, before anything is started or stopped, that it may be (laws 2, 3, 4, 5 and 7)."""

    def __init__(self, stage: "Stage", fate: Fate) -> None:
        super().__init__(stage.truth.machine, [], fate)
        self._stage = stage
        self._standing = list(stage.truth.machine.processes)

    async def start(self, order: StartOrder) -> ProcessIdentity:
        truth = self._stage.truth
        assert not self._stage.spec.suspend, "started, and it is nobody's to touch"
        assert truth.stranger is None or truth.stranger != order.conversation, "a second writer (law 3)"
        assert order.resumes or not truth.turns(order.conversation), "begun anew over a conversation (law 5)"
        return await super().start(order)

    async def stop(self, order: StopOrder) -> StopReport:
        stage, process = self._stage, self.machine.find(order.process)
        assert process is not None, "a signal for somebody else (law 4)"
        if process.alive and process in self._standing:
            assert not stage.spec.suspend or stage.gone_since is not None, "stopped, and it is nobody's to touch"
            assert not stage.truth.in_a_turn or stage.overruled, "a turn under way was cut (law 2)"
            quick = stage.gone_since is not None and stage.clock.boot - stage.gone_since < GRACE
            assert not quick or stage.asked_to_stop, "a deletion was quick (law 7)"
        return await super().stop(order)

    async def type(self, name: str, process: ProcessIdentity, line: str, *, into: str | None = None) -> None:
        await super().type(name, process, line, into=into)
        if not self._stage.truth.deaf:
            self._stage.truth.heard.setdefault(process.nonce, []).append(line.removeprefix("/model "))
            self._stage.truth.shows = process.nonce


@dataclass(slots=True)
class Gaze:
    """What apply sees when it looks again: the truth of that instant."""

    stage: "Stage"

    async def recheck(self, change: Change) -> Hold | None:
        case = self.stage.case()
        return guards.recheck(change, case, self.stage.world(case))

    async def conversation(self, name: str) -> str | None:
        return self.stage.observed(self.stage.record).conversation

    async def speaks(self, name: str) -> bool:
        return self.stage.truth.living is not None

    async def model(self, name: str) -> ObservedModel | None:
        return self.stage.observed(self.stage.record).model


class Stage:
    """The world, what the file says, and one controller after another."""

    def __init__(self, *, in_place: bool) -> None:
        self.truth = Truth()
        self.clock = Clock()
        self.journal = MortalJournal([], Fate())
        traits = {"in_place": "/model {model}"} if in_place else {}
        agent = telling(loses_unknown_id=True, refusals=[REFUSAL], **traits)
        self.profile = agent.model_copy(update={"runtimes": profile(**traits).runtimes})
        self.file = declared(NAME, model="small")
        self.gone_since: float | None = None
        self.blind = False
        self.dead = False
        self.said_now = False
        self.may_leave = False
        """Somebody let its conversation go since that was last judged."""
        self.open: set[str] = set()
        """Conversations that something was said in, and that nobody has told as left."""
        self._told = 0

    @property
    def spec(self) -> SessionSpec:
        return self.file.spec

    @property
    def record(self) -> SessionRecord:
        return self.journal.record(NAME)

    @property
    def overruled(self) -> bool:
        """Somebody spoke over the guards that wait."""
        return self.said_now or self.spec.update.when is When.NOW

    @property
    def asked_to_stop(self) -> bool:
        return self.record.wanted is OneShot.STOP

    # ---- what people do in it

    def begin_turn(self) -> None:
        """A person says something."""
        if process := self.truth.living:
            self.open.add(on := self.truth.conversation(process))
            self.truth.said.setdefault(on, Said()).turns += 1
            self.truth.busy, self.truth.since = process.order.nonce, self.clock.boot

    def end_turn(self) -> None:
        """The agent has answered, and says on which model."""
        if process := self.truth.living:
            self.truth.busy, self.truth.since = None, self.clock.boot
            report = ObservedModel(raw="x", name=self.truth.model(process), at=self.clock.now.wall)
            self.truth.said[self.truth.conversation(process)].model = report

    # ---- what the controller sees

    def observed(self, record: SessionRecord) -> Observed:
        """Return what the product's eyes would find."""
        truth, process = self.truth, self.truth.living
        if self.blind:
            return Observed(name=NAME, presence=Presence.UNKNOWN)
        on = truth.conversation(process) if process else record.conversation
        told = truth.said.get(on or "")
        seen: dict[str, Any] = {"model": told.model if told else None, "prompted": bool(told and told.turns)}
        if truth.stranger == on is not None:
            seen["strangers"] = (Stranger(identity=identity(99), agent="talker", conversation=on),)
        if process is None:
            newest = truth.machine.of(NAME)
            return Observed(name=NAME, exit=newest.end if newest else None, **seen)
        if truth.shows == process.order.nonce:  # it shows what it was told in place
            seen["model"] = ObservedModel(raw="x", name=truth.model(process), at=self.clock.now.wall)
        busy = truth.in_a_turn
        return Observed(
            name=NAME,
            presence=Presence.RUNNING,
            process=process.identity,
            activity=Activity.BUSY if busy else Activity.IDLE,
            idle_for=0.0 if busy else self.clock.boot - truth.since,
            conversation=on,
            **seen,
        )

    def case(self) -> Case:
        record, gone = self.record, self.gone_since is not None
        wanted = None if gone else desired(self.file, loaded(talker=self.profile), record)
        seen = self.observed(record)
        return Case(name=NAME, declared=self.file, desired=wanted, observed=seen, record=record, gone=gone)

    def world(self, case: Case) -> World:
        said = frozenset({NAME} if self.said_now else ())
        return World(cases={NAME: case}, fleet=fleet_spec(), now=self.clock.now, state_id="state", person_said_now=said)

    # ---- what the controller does

    def note(self, kind: RequestKind) -> None:
        """A person asks for something once."""
        self.journal.believe(once.noted(self.record, kind, self.clock.now))

    def passes(self, fate: Fate) -> Change | None:
        """One pass. The controller may die in it, and the next is another one's; or the disk refuses, and it goes on.

        :return: what it decided, when it came to an end.
        """
        self.may_leave |= self.spec.resume_policy is not Resume.REQUIRED or self.record.wanted is OneShot.FRESH
        if self.dead or self.journal.intents:
            self._recover()
        self.journal.meet(fate)
        change = None
        try:
            change = self._decide_and_do(fate)
        except Killed:
            self.another_controller()
        except MusterError:  # the loop goes on, and finishes at its next look what broke off
            pass
        self.journal.meet(Fate())
        self._judge()
        return change

    def another_controller(self) -> None:
        """The next pass is another one's; what was said to the last one is gone with it."""
        self.dead, self.said_now = True, False

    def _recover(self) -> None:
        """Take over what is there."""
        self.dead, journal, newest = False, self.journal, self.truth.machine.of(NAME)
        files = {NAME: run_file(newest.identity, newest.order)} if newest else {}
        alive = {NAME} if newest and newest.alive else set()
        intents = sorted(journal.intents.values(), key=lambda intent: intent.wall)
        journal.believe(recover(journal.records, intents, files, alive, self.clock.now))

    def _decide_and_do(self, fate: Fate) -> Change:
        case, now = self.case(), self.clock.now
        record, events = notice(case.record, case.desired, case.observed, now, deleted=case.deleted)
        self.journal.believe(Transaction(records=(record,), events=events))
        (change,) = order.plan(self.world(replace(case, record=record))).changes
        if isinstance(change.action, Hold):
            assert change.action.sentence, "held, and nobody can say why"
        if not isinstance(change.action, Leave | Hold):
            outcome = asyncio.run(steps.carry_out(change, self._ports(fate)))
            if outcome.end is not End.HELD:
                self.said_now = False
        return change

    def _ports(self, fate: Fate) -> Ports:
        return Ports(
            journal=self.journal,
            eyes=Gaze(self),
            runtimes={RuntimeKind.PROCESS: Lawful(self, fate)},
            profile=lambda _: self.profile,
            clock=self.clock,
            environ={},
            gone=self._gone,
        )

    async def _gone(self, process: ProcessIdentity, within: float) -> bool:
        return not self.truth.machine.alive(process)

    # ---- the laws, behind a pass

    def _judge(self) -> None:
        """What was told is so; and once nothing is half done, nothing was left in silence or without a word for it."""
        events = self.journal.events[self._told :]
        asked = {one.order.asked_model for one in self.truth.machine.processes}
        asked |= {model for models in self.truth.heard.values() for model in models}
        told = {str(event.data["to_model"]) for event in events if event.type is EventType.MODEL_SWITCH}
        assert told <= asked, "told of a switch that never was (law 11)"
        if self.dead or self.journal.intents:
            return
        process = self.truth.living
        on = self.truth.conversation(process) if process else self.record.conversation
        let_go = {event.data["left"] for event in events if event.type is EventType.SESSION_FRESH}
        changed = {event.data["left"] for event in events if event.type is EventType.CONVERSATION_CHANGED}
        assert self.open <= {on} | let_go | changed, "a conversation was left in silence (law 5)"
        assert self.may_leave or not self.open & let_go - {on}, "a conversation was left that nobody let go (law 5)"
        self.open &= {on}
        self._told, self.may_leave = len(self.journal.events), False
