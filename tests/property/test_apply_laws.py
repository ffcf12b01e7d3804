"""Apply over worlds in which anything may fail or the controller be killed at any instant (laws 3, 5, 9, 11)."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import MusterError
from controller.loop.recover import recover
from controller.model.clock import Now
from controller.model.event import EventType
from controller.model.observed import ObservedModel
from controller.model.plan import Doing, Start, StartFresh, Stop, SwitchInPlace
from controller.model.record import SessionRecord
from controller.runtimes.base import StartOrder
from tests.contract.fake_runtime import Behaviour
from tests.property.mortal import Fate, Killed, MortalJournal, MortalRuntime, run_file
from tests.unit.apply.scene import NAME, NEW, Scene, fresh_launch, launch, restart, telling

NOW = Now(wall=2_000_000.0, boot=9_000.0, boot_id="fake-boot")
LAUNCHES = ("large c1", "small c1", "large c2")
BEHAVIOURS = (Behaviour(), Behaviour(), Behaviour(missing=True), Behaviour(exits_at_once=3))
ACTIONS: tuple[Doing, ...] = (
    restart(),
    restart(fresh=True),
    restart(fresh=True),
    restart(fresh=True),
    restart(back=None),
    StartFresh(fresh_launch()),
    Stop(),
    SwitchInPlace("large", "/model large", NEW),
)
DOWN: tuple[Doing, ...] = (
    Start(launch()),
    Start(launch("small")),
    Start(launch(), fresh_launch()),
    StartFresh(fresh_launch()),
)

many = settings(max_examples=400)


@dataclass(slots=True)
class Tale:
    """One world, one action in it, and one fate of the controller."""

    scene: Scene
    action: Doing
    fate: Fate
    before: SessionRecord = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.scene.record

    def tell(self) -> "Tale":
        with suppress(Killed, MusterError):
            self.scene.carry_out(self.action)
        return self

    def wake(self) -> "Tale":
        """Let the next controller take over."""
        journal, machine = self.scene.journal, self.scene.machine
        newest = machine.of(NAME)
        files = {NAME: run_file(newest.identity, newest.order)} if newest else {}
        alive = {NAME} if newest and newest.alive else set()
        intents = sorted(journal.intents.values(), key=lambda intent: intent.wall)
        journal.believe(recover(journal.records, intents, files, alive, NOW))
        return self

    @property
    def living(self) -> StartOrder | None:
        """What lives: one at most."""
        orders = self.scene.living
        assert len(orders) <= 1
        return orders[0] if orders else None

    @property
    def switches(self) -> list[str]:
        """The models that a switch was told to."""
        events = self.scene.journal.events
        return [str(event.data["to_model"]) for event in events if event.type is EventType.MODEL_SWITCH]


def reporting(scene: Scene, *, listens: bool) -> None:
    """Let the agent report the model that it was last told by line, if it listens at all."""

    def model() -> ObservedModel | None:
        process = scene.machine.of(NAME)
        lines = process.said if process and listens else []
        return ObservedModel(raw="x", name=lines[-1].removeprefix("/model "), at=1.0) if lines else None

    scene.eyes.model_of = model


@st.composite
def tales(draw: st.DrawFn, /, **fate: Any) -> Tale:
    up = draw(st.booleans())
    doom = Fate(**{key: draw(strategy) for key, strategy in fate.items()})
    scene = Scene(profile=telling(loses_unknown_id=draw(st.booleans())))
    scene.running()
    if not up:
        scene.machine.kill(NAME)
        scene.journal.records[NAME] = scene.record.model_copy(update={"process": None})
    elif draw(st.integers(0, 5)) == 0:
        scene.ignoring_signals()
    behaviours = {key: draw(st.sampled_from(BEHAVIOURS)) for key in LAUNCHES}
    scene.machine.behave = lambda order: behaviours.get(f"{order.asked_model} {order.conversation}", Behaviour())
    scene.eyes.reported = draw(st.sampled_from([None, None, "c9"]))
    reporting(scene, listens=draw(st.booleans()))
    records = scene.journal.records
    scene.journal, scene.runtime = MortalJournal(scene.story, doom), MortalRuntime(scene.machine, scene.story, doom)
    scene.journal.records |= records
    return Tale(scene, draw(st.sampled_from(ACTIONS if up else DOWN)), doom)


def check_the_record(tale: Tale) -> None:
    """The record names the process that lives and the model that it was told, and nothing is open any more."""
    record, living = tale.scene.record, tale.living
    assert not tale.scene.journal.intents
    if living is None:
        assert record.process is None
        assert record.asked_model == tale.before.asked_model
        return
    assert record.process is not None
    assert record.process.nonce == living.nonce
    shown = tale.scene.eyes.model_of()
    forgotten = record.asked_model is None and isinstance(tale.action, SwitchInPlace)  # told, or not: it is told again
    assert forgotten or record.asked_model in {living.asked_model, shown.name if shown else None}


def check_the_switches(tale: Tale) -> None:
    """A switch is told when the record moved to another model, once, and never else."""
    moved = tale.scene.record.asked_model not in {tale.before.asked_model, None}
    assert tale.switches == ([tale.scene.record.asked_model] if moved else [])


@many
@given(tales())
def test_the_record_is_what_lives(tale: Tale) -> None:
    """After any action in any world (law 11)."""
    check_the_record(tale.tell())


@many
@given(tales())
def test_a_switch_is_told_when_it_happened_and_never_else(tale: Tale) -> None:
    """A model that nothing came to run on was never switched to (law 11)."""
    check_the_switches(tale.tell())


@many
@given(tales())
def test_a_conversation_is_left_only_loudly(tale: Tale) -> None:
    """The record goes on with the old one, or the event names it (law 5). An agent's own new id is its own word."""
    tale.tell()
    left = [event.data["left"] for event in tale.scene.journal.events if event.type is EventType.SESSION_FRESH]

    assert tale.scene.record.conversation in {"c1", tale.scene.eyes.reported} or left == ["c1"]


@many
@given(
    tales(dies_before=st.none() | st.integers(1, 9), dies_after=st.none() | st.integers(1, 9))
    | tales(refuses=st.integers(1, 4))
)
def test_killed_at_any_instant_the_next_controller_knows_what_lives(tale: Tale) -> None:
    """Zero or one process, and the record names it with the model it was asked; no intent stays open (law 9)."""
    tale.tell().wake()

    check_the_record(tale)
    check_the_switches(tale)


@many
@given(tales(dies_before=st.none() | st.integers(1, 9), dies_after=st.none() | st.integers(1, 9)))
def test_killed_at_any_instant_no_conversation_is_lost_in_silence(tale: Tale) -> None:
    """What the dead controller left behind, the next one tells (law 5)."""
    tale.tell().wake()
    left = [event.data["left"] for event in tale.scene.journal.events if event.type is EventType.SESSION_FRESH]

    assert tale.scene.record.conversation in {"c1", tale.scene.eyes.reported} or left == ["c1"]


@many
@given(tales())
def test_nothing_is_signalled_but_what_is_ours(tale: Tale) -> None:
    """Every stop names a process that the record named, or that this very step had started (law 4)."""
    tale.tell()
    ours = {tale.before.process, *(process.identity for process in tale.scene.machine.processes)}

    assert {order.process for order in tale.scene.runtime.stopped} <= ours
