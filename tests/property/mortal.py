"""A journal and a runtime under which a controller may be killed, or the disk refuse, at any call to the world."""

from dataclasses import dataclass

from controller.model.observed import ProcessIdentity
from controller.model.session import RuntimeKind
from controller.model.transaction import Transaction
from controller.runtimes.base import RunFile, StartOrder, StopOrder, StopReport
from tests.contract.fake_runtime import FakeMachine
from tests.unit.apply.scene import NAME, MemoryJournal, Told


class Killed(BaseException):
    """The controller is no more; whatever it was doing stays as it is."""


@dataclass(slots=True)
class Fate:
    """Before or after which call to the world the controller is killed, or which write the disk refuses."""

    dies_before: int | None = None
    dies_after: int | None = None
    refuses: int | None = None
    calls: int = 0
    writes: int = 0

    def before(self) -> None:
        self.calls += 1
        if self.calls == self.dies_before:
            raise Killed

    def after(self) -> None:
        if self.calls == self.dies_after:
            raise Killed

    def refused(self, _: Transaction) -> bool:
        self.writes += 1
        return self.writes == self.refuses


class MortalJournal(MemoryJournal):
    def __init__(self, story: list[str], fate: Fate) -> None:
        super().__init__(story)
        self.meet(fate)

    def meet(self, fate: Fate) -> None:
        self.refuses, self._fate = fate.refused, fate

    async def commit(self, step: Transaction) -> None:
        self._fate.before()
        await super().commit(step)
        self._fate.after()


class MortalRuntime(Told):
    """Also looks that nothing is ever started beside what lives."""

    def __init__(self, machine: FakeMachine, story: list[str], fate: Fate) -> None:
        super().__init__(machine, story)
        self._fate = fate

    async def start(self, order: StartOrder) -> ProcessIdentity:
        self._fate.before()
        assert not [process for process in self.machine.processes if process.alive], "a second writer (law 3)"
        started = await super().start(order)
        self._fate.after()
        return started

    async def stop(self, order: StopOrder) -> StopReport:
        self._fate.before()
        report = await super().stop(order)
        self._fate.after()
        return report


def run_file(process: ProcessIdentity, order: StartOrder) -> RunFile:
    return RunFile(
        name=NAME,
        process=process,
        runtime=RuntimeKind.PROCESS,
        agent=order.agent,
        asked_model=order.asked_model,
        conversation=order.conversation,
        cwd=order.cwd,
    )
