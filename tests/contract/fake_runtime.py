"""A runtime whose processes are values: for tests of apply and the loop, held to the contract of the real ones.

The machine outlives the runtime, as a real one does; tests look at it and do to it what the world does to processes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from controller.errors import MusterError
from controller.model.observed import ProcessIdentity
from controller.model.profile import StopStep
from controller.model.session import RuntimeKind
from controller.runtimes.base import (
    NOBODY,
    AlreadyRunning,
    StartFailed,
    StartOrder,
    StopEnd,
    StopOrder,
    StopReport,
    WithoutProtocol,
)

SIGNALS = {"HUP": 1, "INT": 2, "KILL": 9, "TERM": 15}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a program behaves: what it ignores, on which typed line it leaves, whether it lives at all.

    :ivar exits_at_once: its exit code; below nought the signal that ends it.
    """

    missing: bool = False
    exits_at_once: int | None = None
    ignores: frozenset[str] = frozenset()
    leaves_on: str | None = None
    prints: str = ""


@dataclass(slots=True, kw_only=True)
class FakeProcess:
    """One process and all that happened to it."""

    identity: ProcessIdentity
    order: StartOrder
    behaviour: Behaviour
    said: list[str] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    end: str | None = None

    @property
    def alive(self) -> bool:
        return self.end is None


@dataclass(slots=True, kw_only=True)
class FakeMachine:
    """Where fake processes live.

    :ivar behave: the behaviour of a program, by its order.
    :ivar watched: who is attached; ``None``: that cannot be observed.
    """

    behave: Callable[[StartOrder], Behaviour] = lambda _: Behaviour()
    watched: Mapping[str, bool] | None = field(default_factory=dict)
    boot_id: str = "fake-boot"
    processes: list[FakeProcess] = field(default_factory=list)

    def of(self, name: str) -> FakeProcess | None:
        """The newest process of a session."""
        return next((p for p in reversed(self.processes) if p.order.name == name), None)

    def find(self, identity: ProcessIdentity) -> FakeProcess | None:
        return next((p for p in self.processes if p.identity.same(identity)), None)

    def alive(self, identity: ProcessIdentity) -> bool:
        found = self.find(identity)
        return found is not None and found.alive

    def kill(self, name: str, end: str = "signal 9") -> None:
        """End a session's process from outside."""
        if (process := self.of(name)) is not None and process.alive:
            process.end = end


class FakeRuntime(WithoutProtocol):
    """Keeps to the Protocol on a fake machine."""

    def __init__(self, machine: FakeMachine, kind: RuntimeKind = RuntimeKind.PROCESS) -> None:
        self.machine = machine
        self.kind = kind
        self.stopped: list[StopOrder] = []

    async def start(self, order: StartOrder) -> ProcessIdentity:
        standing = self.machine.of(order.name)
        if standing is not None and standing.alive:
            raise AlreadyRunning(f"cannot start {order.name}: its run lock is held")
        behaviour = self.machine.behave(order)
        if behaviour.missing:
            raise StartFailed(f"cannot start {order.name}: {order.argv[0]} is not installed")
        number = len(self.machine.processes) + 1
        identity = ProcessIdentity(
            boot_id=self.machine.boot_id, pid=1_000_000 + number, ticks=number, nonce=order.nonce
        )
        process = FakeProcess(identity=identity, order=order, behaviour=behaviour)
        if behaviour.exits_at_once is not None:
            code = behaviour.exits_at_once
            process.end = f"exit {code}" if code >= 0 else f"signal {-code}"
        self.machine.processes.append(process)
        return identity

    async def stop(self, order: StopOrder) -> StopReport:
        self.stopped.append(order)
        process = self.machine.find(order.process)
        if process is None or not process.alive:
            return StopReport(end=StopEnd.WAS_GONE)
        for step in order.ladder:
            _step(process, step)
            if not process.alive:
                return StopReport(end=StopEnd.GONE)
        return StopReport(end=StopEnd.ALIVE, left=(order.process,))

    async def type(self, name: str, process: ProcessIdentity, line: str, *, into: str | None = None) -> None:
        if any(ord(sign) < 0x20 for sign in line):
            raise MusterError(f"cannot type to {name}: the text holds a control character")
        found = self.machine.find(process)
        if found is None or not found.alive or found.order.name != name:
            raise MusterError(f"cannot type to {name}: its process is gone")
        _type(found, line)

    async def attached(self, processes: Mapping[str, ProcessIdentity] = NOBODY) -> Mapping[str, bool] | None:
        return self.machine.watched

    async def screens(self, processes: Mapping[str, ProcessIdentity]) -> Mapping[str, str]:
        found = {name: self.machine.find(process) for name, process in processes.items()}
        return {name: one.behaviour.prints for name, one in found.items() if one and one.alive}

    def attach_argv(self, name: str) -> tuple[str, ...] | None:
        return None

    def exit_of(self, process: ProcessIdentity) -> str | None:
        found = self.machine.find(process)
        return None if found is None else found.end

    async def last_words(self, name: str, process: ProcessIdentity) -> str:
        found = self.machine.find(process)
        return "" if found is None else found.behaviour.prints

    async def close(self) -> None:
        return


def _step(process: FakeProcess, step: StopStep) -> None:
    if step.type is not None:
        _type(process, step.type)
    if step.signal is not None and process.alive:
        process.signals.append(step.signal)
        if step.signal not in process.behaviour.ignores:
            process.end = f"signal {SIGNALS[step.signal]}"


def _type(process: FakeProcess, line: str) -> None:
    process.said.append(line)
    if line == process.behaviour.leaves_on:
        process.end = "exit 0"
