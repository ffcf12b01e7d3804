"""The floor as a peer: SIGTERM, wait and posix_spawn in C, told what to do by a pipe."""

import os
import subprocess
import time
from pathlib import Path

from benchmarks import tools
from benchmarks.peers.peer import FIRST, Change, Peer

LOOK = "import os, sys; print(sum(entry.stat().st_mtime_ns for entry in os.scandir(sys.argv[1])))"


class Floor(Peer):
    """No durability, no verification: what the machine itself costs. The files are only looked at."""

    name = "floor"
    most = 10_000
    _process: subprocess.Popen[bytes]

    @classmethod
    def ready(cls) -> None:
        """Nothing: it is compiled with the sleeper."""

    def path(self, name: str) -> Path:
        return self.files / name

    def text(self, name: str, model: str) -> str:
        return model

    def launch(self) -> None:
        self._process = self.arena.spawn([str(tools.FLOOR), str(tools.SLEEPER), "s"])
        self._order(f"start {self.count} {FIRST}")

    def change(self, name: str, model: str, seconds: float) -> Change:
        since = time.monotonic_ns()
        self._order(f"change {self.names.index(name)} {model}")
        return Change(since=since, client=None)

    def change_all(self, model: str, seconds: float) -> Change:
        since = time.monotonic_ns()
        self._order(f"all {model}")
        return Change(since=since, client=None)

    def status(self) -> list[str]:
        return [str(tools.PYTHON), "-c", LOOK, str(self.files)]

    def changes(self) -> list[str]:
        return self.status()

    def help(self) -> list[str]:
        return [str(tools.PYTHON), "-c", "pass"]

    def completion(self) -> list[str]:
        return self.help()

    def unchanged_pass(self) -> float:
        began = time.perf_counter()
        sum(entry.stat().st_mtime_ns for entry in os.scandir(self.files))
        for mark in self.arena.marks.latest.values():
            os.kill(mark.pid, 0)
        return time.perf_counter() - began

    def _order(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
