"""A scratch directory in which `muster` runs as people run it: a process, files, an exit code."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from controller.settings import self_spawn
from tests.waiting import wait_for

FLEET = "defaults: {agent: demo, model: balanced}\n"
SECONDS = 120
"""A command that takes longer hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as a value."""
        return json.loads(self.out)


class World:
    """Sessions, state and the embedded agent's home, all in one place."""

    def __init__(self, root: Path, fleet: str = FLEET) -> None:
        self.root = root
        self.sessions = root / "sessions.d"
        self.state = root / "state"
        self.sessions.mkdir()
        self.write("_fleet.yaml", fleet)
        self.env = os.environ | {
            "MUSTER_SESSIONS_DIR": str(self.sessions),
            "MUSTER_STATE_DIR": str(self.state),
            "MUSTER_DEMO_HOME": str(root / "agent"),
            "MUSTER_DEMO_THINK": "0.1",
            "MUSTER_SETTLE": "0.1",
        }

    def write(self, name: str, text: str) -> Path:
        """Replace a file as editors do."""
        path = self.sessions / name
        temporary = path.with_name(f".{name}.new")
        temporary.write_text(text)
        temporary.replace(path)
        return path

    def read(self, name: str) -> str:
        """What a file of the sessions directory says now."""
        return (self.sessions / name).read_text()

    def muster(self, *words: str, exits: int | None = 0, **env: str) -> Ran:
        """Run one command to its end; `exits=None` takes any code."""
        done = subprocess.run(
            self_spawn(*words),
            env=self.env | env,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        ran = Ran(code=done.returncode, out=done.stdout, err=done.stderr)
        assert exits is None or ran.code == exits, (
            f"muster {' '.join(words)} ended with {ran.code}:\n{ran.out}{ran.err}"
        )
        return ran

    @contextlib.contextmanager
    def controller(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run `muster run` for a while; sessions outlive it, so they are stopped by their own pids afterwards."""
        with (self.root / "controller.log").open("wb") as log:
            process = subprocess.Popen(self_spawn("run"), env=self.env, cwd=self.root, stdout=log, stderr=log)
        try:
            wait_for(lambda: (self.state / "ready").exists() or process.poll() is not None, what="the first pass")
            assert process.poll() is None, (self.root / "controller.log").read_text()
            yield process
        finally:
            process.terminate()
            process.wait(SECONDS)

    def status(self, name: str) -> dict[str, Any]:
        """One session of `muster status --json`."""
        listing = self.muster("status", "--json").json["sessions"]
        return next(one for one in listing if one["name"] == name)

    def end_sessions(self) -> None:
        """End every agent that this world's sessions run: their marker is in their environment."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get("MUSTER_DEMO_HOME") == str(self.root / "agent"):
                    process.kill()
