"""The `tmux` runtime keeps to the contract."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.runtimes.tmux import TmuxRuntime
from tests.contract.real_runtime import RealRuntimeContract, RealWorld

pytestmark = pytest.mark.tmux


class TmuxWorld(RealWorld):
    module = "test_tmux_runtime"

    @property
    def socket(self) -> Path:
        return self.place / "tmux" / "tmux.sock"

    def make(self) -> TmuxRuntime:
        return TmuxRuntime(run_dir=self.run_dir, socket=self.socket, group=self.group)

    def tmux(self, *words: str) -> str:
        """Ask the test's own server."""
        ended = subprocess.run(
            ["tmux", "-S", str(self.socket), *words], capture_output=True, text=True, timeout=10, check=False
        )
        return ended.stdout

    def end_all(self) -> None:
        super().end_all()
        for socket in self.place.rglob("tmux.sock"):
            subprocess.run(["tmux", "-S", str(socket), "kill-server"], capture_output=True, timeout=10, check=False)


def make_world(place: str) -> TmuxWorld:
    return TmuxWorld(Path(place))


class TestTmuxRuntime(RealRuntimeContract):
    @pytest.fixture
    def world(self, short_path: Path) -> Iterator[TmuxWorld]:
        world = TmuxWorld(short_path)
        yield world
        world.end_all()
