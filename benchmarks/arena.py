"""Where one peer runs: its scratch directory, its processes, and the marks of the sleepers.

Everything that a peer spawns inherits BENCH_ARENA from us. That is how its processes are found
again, measured and, at the end, ended: no process without this mark is ever signalled.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Self

from benchmarks import processes, tools
from benchmarks.marks import Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """How a client's call went."""

    seconds: float
    finished: bool
    code: int
    output: str


class Broken(Exception):
    """A peer that does not run; the sentence goes into the table."""


class Arena:
    """One peer's world, torn down on every way out."""

    def __init__(self, label: str) -> None:
        self.root = tools.RUN / label
        shutil.rmtree(self.root, ignore_errors=True)
        (self.root / "home").mkdir(parents=True)
        self.marks = Marks(tools.MARKS)
        self.roots: list[subprocess.Popen[bytes]] = []
        path = os.pathsep.join((str(tools.RUN), os.environ.get("PATH", os.defpath)))
        # The scratch HOME stands for every dot-file a peer might read or write.
        self.env = {
            "PATH": path,
            "HOME": str(self.root / "home"),
            "LANG": "C.UTF-8",
            "BENCH_ARENA": str(self.root),
        }

    def spawn(self, argv: list[str], **env: str) -> subprocess.Popen[bytes]:
        """Start a controller in its own session; its output goes to controller.log."""
        with (self.root / "controller.log").open("ab") as log:
            process = subprocess.Popen(
                argv,
                cwd=self.root,
                env={**self.env, **env},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.roots.append(process)
        return process

    def check(self) -> None:
        """Raise `Broken` when a controller has ended by itself."""
        for process in self.roots:
            if process.poll() is not None:
                said = (self.root / "controller.log").read_text(errors="replace").splitlines()
                last = " / ".join([line.strip() for line in said if line.strip()][-3:])
                raise Broken(f"its controller ended with {process.returncode}: {last or 'it said nothing'}")

    def call(self, argv: list[str], *, seconds: float = 60.0, **env: str) -> Called:
        """Run a client to its end or to its time-out.

        Its output goes to a file: a pipe would be held open by a daemon that it leaves behind.
        """
        began = time.monotonic()
        with tempfile.TemporaryFile(dir=self.root) as out:
            process = subprocess.Popen(
                argv,
                cwd=self.root,
                env={**self.env, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
            finished = processes.ended(process.pid, seconds)
            ended = time.monotonic()
            if not finished:
                process.kill()
            code = process.wait()
            out.seek(0)
            output = out.read().decode(errors="replace")
        return Called(seconds=ended - began, finished=finished, code=code, output=output)

    def controllers(self) -> list[int]:
        """The peer's own processes: all that carry our mark, without the sleepers."""
        return [pid for pid in processes.marked(self.root) if not processes.is_sleeper(pid)]

    def kill_sleeper(self, pid: int) -> bool:
        """SIGKILL one of our sleepers, if that pid still is one."""
        if not processes.is_sleeper(pid):
            return False
        os.kill(pid, signal.SIGKILL)
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # A second Ctrl-C would leave half of it standing.
        impatient = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for process in self.roots:
            processes.end(process)
        processes.sweep(self.root)
        self.marks.close()
        signal.signal(signal.SIGINT, impatient)


def lock() -> int:
    """Hold .bench/lock for the run: two runs at once would read each other's marks."""
    tools.BENCH.mkdir(exist_ok=True)
    held = os.open(tools.BENCH / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit("another benchmark runs in this checkout") from None
    return held
