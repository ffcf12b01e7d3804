"""The fake keeps to the contract, so that tests with it say something of the real ones."""

from pathlib import Path
from typing import Any

import pytest

from controller.model.observed import ProcessIdentity
from controller.runtimes.base import StartOrder
from tests.contract.fake_runtime import Behaviour, FakeMachine, FakeRuntime
from tests.contract.runtime_contract import RuntimeContract, World


def stub(order: StartOrder) -> Behaviour:
    """The stub agent's flags, as behaviour."""
    return Behaviour(
        missing=order.argv[0] == "/no-such-program",
        exits_at_once=int(order.argv[order.argv.index("--exit") + 1]) if "--exit" in order.argv else None,
        ignores=frozenset({"TERM"} if "--ignore-term" in order.argv else ()),
        leaves_on="/quit",
        prints=order.argv[order.argv.index("--print") + 1] if "--print" in order.argv else "",
    )


class FakeWorld(World):
    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.machine = FakeMachine(behave=stub)

    def make(self) -> FakeRuntime:
        return FakeRuntime(self.machine)

    def alive(self, identity: ProcessIdentity) -> bool:
        return self.machine.alive(identity)

    def report(self, name: str) -> dict[str, Any] | None:
        process = self.machine.of(name)
        if process is None:
            return None
        order = process.order
        return {"argv": list(order.argv[1:]), "env": dict(order.env), "cwd": order.cwd}

    def end_all(self) -> None:
        self.machine.processes.clear()

    def said(self, name: str) -> list[str]:
        process = self.machine.of(name)
        return [] if process is None else process.said


class TestFakeRuntime(RuntimeContract):
    @pytest.fixture
    def world(self, short_path: Path) -> FakeWorld:
        return FakeWorld(short_path)
