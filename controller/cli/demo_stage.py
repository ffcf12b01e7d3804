"""The stage of ``muster demo``: a throw-away directory, real processes, and checks that end the story when not so."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from ..errors import MusterError
from ..settings import self_spawn
from .console import Console

_DEADLINE_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.05


class NotSo(MusterError):
    """The story claims something that did not happen."""


class Stage:
    """Everything that the demo makes, and takes down again whatever happens."""

    def __init__(self, console: Console) -> None:
        """Make the directory; nothing outside of it is written."""
        self._console = console
        self._home = tempfile.TemporaryDirectory(prefix="muster-demo-")
        self.root = Path(self._home.name)
        self.sessions = self.root / "sessions.d"
        self.sessions.mkdir()
        self._controller: subprocess.Popen[bytes] | None = None
        self._env = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")} | {
            "MUSTER_STATE_DIR": str(self.root / "state"),
            "MUSTER_DEMO_HOME": str(self.root / "agent"),
            "MUSTER_DEMO_THINK": "0.2",
            "NO_COLOR": "1",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_controller()
        self._stop_sessions()
        self._home.cleanup()

    def tell(self, text: str) -> None:
        """Say one thing to the person."""
        self._console.line(text)
        self._console.out.flush()

    def write(self, name: str, text: str, *, folder: Path | None = None) -> None:
        """Replace a file as editors do, and show it."""
        path = (folder or self.sessions) / name
        temporary = path.with_name(f".{name}.tmp")
        temporary.write_text(text)
        temporary.replace(path)
        self.tell("\n".join([f"    # {path.relative_to(self.root)}", *(f"    {line}" for line in text.splitlines())]))

    def muster(self, *args: str, exits: int = 0, show: bool = True, sessions: Path | None = None) -> str:
        """Run a command as a person would, and return what it prints.

        :raises NotSo: when it exits with anything but ``exits``.
        """
        folder = sessions or self.sessions
        command = self_spawn(*args, "--sessions-dir", str(folder))
        if show:
            place = "" if sessions is None else f" --sessions-dir {folder.relative_to(self.root)}"
            self.tell(f"  $ muster {' '.join(_quoted(arg) for arg in args)}{place}")
        done = subprocess.run(
            command, env=self._env, cwd=self.root, capture_output=True, text=True, timeout=60, check=False
        )
        printed = done.stdout + done.stderr
        if show:
            self.tell("".join(f"    {line}\n" for line in printed.replace(f"{self.root}/", "").splitlines()))
        self.check(done.returncode == exits, f"muster {' '.join(args)} exits with {exits}", printed)
        return done.stdout

    def status(self, name: str) -> dict[str, Any]:
        """Return one session of ``muster status --json``."""
        listing = json.loads(self.muster("status", "--json", show=False))
        return next((session for session in listing["sessions"] if session["name"] == name), {})

    def check(self, so: object, claim: str, evidence: object = "") -> None:
        """Go on when a claim is so.

        :raises NotSo: when it is not.
        """
        if not so:
            raise NotSo(f"cannot go on: it is not so that {claim}", hint=str(evidence)[-2000:] or None)

    def until(self, claim: str, so: Callable[[], Any]) -> None:
        """Wait until a claim is so.

        :raises NotSo: when it is not within the deadline.
        """
        end = time.monotonic() + _DEADLINE_SECONDS
        while not so():
            self.check(time.monotonic() < end, claim, self.muster("status", show=False) + self.log())
            time.sleep(_LOOK_SECONDS)

    def run_controller(self) -> None:
        """Start ``muster run`` and wait until it has made its first pass."""
        self.tell("  $ muster run &")
        log = (self.root / "controller.log").open("ab")
        command = self_spawn("run", "--sessions-dir", str(self.sessions))
        (self.root / "state" / "ready").unlink(missing_ok=True)
        with log:
            self._controller = subprocess.Popen(command, env=self._env, cwd=self.root, stdout=log, stderr=log)
        self.until("the controller is ready", (self.root / "state" / "ready").exists)

    def kill_controller(self) -> None:
        """End the controller with SIGKILL: it gets no chance to prepare anything."""
        if self._controller is not None:
            self._controller.kill()
            self._controller.wait()
            self._controller = None

    def wait_for_person(self) -> None:
        """Say how to go on here, and wait for a line; whoever leaves or interrupts has seen enough."""
        ours = {name: value for name, value in self._env.items() if name.startswith("MUSTER_")}
        (self.root / "env").write_text("".join(f"export {name}={shlex.quote(ours[name])}\n" for name in ours))
        self.tell(f"In another terminal:\n    cd {self.root} && . ./env\n    muster status\n    muster attach scribe")
        with contextlib.suppress(EOFError, KeyboardInterrupt):
            input("Enter takes everything down. ")

    def log(self) -> str:
        """Return the end of the controller's log."""
        path = self.root / "controller.log"
        return path.read_text()[-2000:] if path.exists() else ""

    def transcript(self, name: str) -> list[dict[str, Any]]:
        """Return the records that the agent itself wrote about a session's conversation."""
        conversation = self.status(name)["conversation"]
        found = list((self.root / "agent").glob(f"projects/*/{conversation}.jsonl"))
        lines = found[0].read_text().splitlines() if found else []
        return [json.loads(line) for line in lines]

    def answers(self, name: str) -> list[str]:
        """Return all answers of a session, oldest first."""
        return [record["text"] for record in self.transcript(name) if record["type"] == "assistant"]

    def kill_agent(self, name: str) -> None:
        """End an agent with SIGKILL; its pid was just reported by Muster and is this demo's own."""
        os.kill(int(self.status(name)["pid"]), signal.SIGKILL)

    def _stop_sessions(self) -> None:
        """Leave nothing behind: the sessions would go on without the controller, as they should."""
        for path in self.sessions.glob("[!_]*.yaml"):
            path.write_text(f"state: stopped\nagent: demo\nname: {path.stem}\nupdate: {{when: now}}\n")
        # A saved plan approves its sessions: three of three stopping at once is a mass change.
        saved = str(self.root / "stop.plan")
        for args in (("plan", "--out", saved), ("apply", saved)):
            command = self_spawn(*args, "--sessions-dir", str(self.sessions))
            done = subprocess.run(command, env=self._env, capture_output=True, text=True, check=False)
            if done.returncode:
                self._console.note(f"cannot stop the demo's sessions: {done.stdout}{done.stderr}")


def _quoted(arg: str) -> str:
    return f'"{arg}"' if " " in arg else arg
