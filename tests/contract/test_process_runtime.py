"""The `process` runtime keeps to the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.runtimes.process import ProcessRuntime
from tests.contract.real_runtime import RealRuntimeContract, RealWorld


class ProcessWorld(RealWorld):
    module = "test_process_runtime"

    def make(self) -> ProcessRuntime:
        return ProcessRuntime(run_dir=self.run_dir, log_dir=self.place / "logs", group=self.group)


def make_world(place: str) -> ProcessWorld:
    return ProcessWorld(Path(place))


class TestProcessRuntime(RealRuntimeContract):
    terminal = False

    @pytest.fixture
    def world(self, short_path: Path) -> Iterator[ProcessWorld]:
        world = ProcessWorld(short_path)
        yield world
        world.end_all()
