"""A live controller as a process, and the world it acts on: files, run files, processes, transcripts, events.

What runs is read from the machine itself (run files, /proc, the agent's own transcript), not from what Muster says.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import psutil

from controller.model.event import EventType
from controller.model.record import SessionRecord
from controller.model.transaction import LoggedEvent
from controller.record.events import EventLog
from controller.record.journal import Journal
from controller.record.store import Access, Store
from controller.runtimes.base import RunFile
from controller.runtimes.identity import alive
from controller.runtimes.runfile import read_run_file, run_files
from controller.settings import self_spawn
from tests.integration.cli_world import World
from tests.waiting import wait_for

FLEET = """\
defaults: {agent: demo, model: balanced}
rollout: {at_once: 20, pause: 0s}
limits: {starts_at_once: 20}
"""
"""Nothing waits for its turn, so that a test waits only for what it is about."""

PATIENCE = 60.0
"""Seconds: a start takes half of one, and the machine may be busy with other tests."""


W = TypeVar("W", bound="ControllerWorld")


class ControllerWorld(World):
    """One controller, its files and its sessions. Sessions outlive controllers; `close` ends both."""

    def __init__(self, root: Path, fleet: str = FLEET, **env: str) -> None:
        root.mkdir(exist_ok=True)
        super().__init__(root, fleet)
        self.env |= {"MUSTER_DEMO_THINK": "0.05"} | env
        self.agent = Path(self.env["MUSTER_DEMO_HOME"])
        self.run_dir = self.state / "run"
        self.log = root / "controller.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._strangers: list[subprocess.Popen[bytes]] = []

    # ---- the controller

    def start(self) -> None:
        """Start `muster run` and wait for its first pass."""
        for sign in ("ready", "live"):
            (self.state / sign).unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self_spawn("run"), env=self.env, cwd=self.root, stdout=log, stderr=log)
        wait_for(lambda: self.passed() or self._ended(), PATIENCE, "the first pass")
        assert not self._ended(), self.log.read_text()

    def kill(self) -> None:
        """End the controller with SIGKILL: it gets no chance to prepare anything."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process = None

    def stop(self) -> int:
        """End the controller with SIGTERM; gives its exit code."""
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def passed(self) -> int:
        """How many passes over everything the controller has made; 0 before its first."""
        try:
            return int(json.loads((self.state / "live").read_bytes())["passes"])
        except (OSError, ValueError):
            return 0

    def passes(self, count: int = 3) -> None:
        """Have the controller look at everything so many times: what it would do has begun by then."""
        for _ in range(count):
            before = self.passed()
            assert self.process is not None
            self.process.send_signal(signal.SIGHUP)
            wait_for(lambda before=before: self.passed() > before, PATIENCE, "another pass")  # type: ignore[misc]

    def rest(self) -> int:
        """Have the controller do all that can be done now, and wait for its end; gives `muster apply`'s exit code."""
        return self.muster("apply", exits=None).code

    def _ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    # ---- what runs

    def run_file(self, name: str) -> RunFile | None:
        """What the last launcher of a session wrote."""
        return read_run_file(self.run_dir, name)

    def pid(self, name: str) -> int | None:
        """The session's process while it lives."""
        file = self.run_file(name)
        return file.process.pid if file and alive(file.process) else None

    def pids(self, *names: str) -> dict[str, int | None]:
        """The processes of some sessions."""
        return {name: self.pid(name) for name in names}

    def model(self, name: str) -> str | None:
        """The model on the command line of the session's process; `None` while nothing runs."""
        words = self.argv(name)
        return words[words.index("--model") + 1] if "--model" in words else None

    def argv(self, name: str) -> list[str]:
        """The command line of the session's process; empty while nothing runs."""
        pid = self.pid(name)
        try:
            return psutil.Process(pid).cmdline() if pid else []
        except psutil.Error:
            return []

    def writers(self, conversation: str) -> list[int]:
        """Every process whose command line names a conversation: the writers that it has."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()
                if conversation in words and "embedded-agent" in words:
                    found.append(process.pid)
        return found

    def up(self, *names: str, model: str | None = None) -> None:
        """Wait until sessions run, the agent says so, and the controller has it in its state."""
        for name in names:
            wait_for(lambda name=name: self._is_up(name, model), PATIENCE, f"{name} on {model}")  # type: ignore[misc]

    def down(self, *names: str) -> None:
        """Wait until sessions have no process."""
        wait_for(lambda: not any(self.pids(*names).values()), PATIENCE, f"the end of {', '.join(names)}")

    def _is_up(self, name: str, model: str | None) -> bool:
        if self.doing(name) is None or model not in {None, self.model(name)}:
            return False
        file, process = self.run_file(name), self.record(name).process
        return file is not None and process is not None and process.same(file.process)

    # ---- what is said

    def doing(self, name: str) -> str | None:
        """What the agent itself says it does: idle, busy, waiting; `None` before its first word."""
        try:
            return str(json.loads((self.agent / "sessions" / f"{self.pid(name)}.json").read_bytes())["status"])
        except (OSError, ValueError):
            return None

    def conversation(self, name: str) -> str:
        """The conversation of the last launch."""
        file = self.run_file(name)
        assert file is not None
        assert file.conversation is not None
        return file.conversation

    def transcript(self, name: str) -> Path | None:
        """The file in which the agent keeps the conversation, once something was said."""
        return next(self.agent.glob(f"projects/*/{self.conversation(name)}.jsonl"), None)

    def turns(self, name: str, who: str = "user") -> list[str]:
        """What one side said, oldest first."""
        path = self.transcript(name)
        lines = path.read_text().splitlines() if path else []
        return [turn["text"] for turn in map(json.loads, lines) if turn["type"] == who]

    def type_line(self, name: str, text: str) -> None:
        """Type a line into a session of the process runtime; `OSError` when nobody reads there."""
        with os.fdopen(os.open(self.run_dir / f"{name}.in", os.O_WRONLY | os.O_NONBLOCK), "w") as line:
            line.write(f"{text}\n")

    def say(self, name: str, text: str) -> None:
        """Type a line, and wait until the agent has it."""
        heard = self.turns(name).count(text)
        self.type_line(name, text)
        wait_for(lambda: self.turns(name).count(text) > heard, PATIENCE, f"{name} to hear {text!r}")

    def talk(self, name: str, text: str) -> None:
        """Hold one turn, and wait until the agent is idle again."""
        answered = len(self.turns(name, "assistant"))
        self.say(name, text)
        wait_for(lambda: len(self.turns(name, "assistant")) > answered, PATIENCE, f"{name} to answer {text!r}")
        wait_for(lambda: self.doing(name) == "idle", PATIENCE, f"{name} to be idle")

    def recalls(self, name: str, text: str) -> bool:
        """Ask the running agent what it was told: it must still know a sentence."""
        self.talk(name, "What did I tell you?")
        return text in self.turns(name, "assistant")[-1]

    # ---- what is told

    def record(self, name: str) -> SessionRecord:
        """What the state remembers of a session."""
        with Store(self.state / "state.db", Access.READ) as store:
            return Journal(store).record(name)

    def events(self, kind: EventType | None = None, session: str | None = None) -> list[dict[str, Any]]:
        """What happened so far, oldest first: each event's data with `at`, `type`, `session` and `count`."""
        with Store(self.state / "state.db", Access.READ) as store:
            log = EventLog(store)
            logged: list[LoggedEvent] = []
            while page := log.events(logged[-1].id if logged else 0, session):
                logged += page
        return [
            one.event.data
            | {"at": one.event.at, "type": one.event.type, "session": one.event.session, "count": one.count}
            for one in logged
            if kind in {None, one.event.type}
        ]

    def told(self, kind: EventType, session: str | None = None, count: int = 1) -> list[dict[str, Any]]:
        """Wait until something has been told so many times."""
        wait_for(
            lambda: sum(one["count"] for one in self.events(kind, session)) >= count,
            PATIENCE,
            f"{count} times {kind} of {session}, in {[one['type'] for one in self.events(session=session)]}",
        )
        return self.events(kind, session)

    def held(self, name: str, guard: str) -> None:
        """Wait until a guard has been told as what holds a session's action now."""

        def last() -> str | None:
            told = self.events(EventType.HELD, name)
            return str(told[-1]["guard"]) if told else None

        wait_for(lambda: last() == guard, PATIENCE, f"{name} to be held by {guard}")

    # ---- other people

    def stranger(self, name: str) -> subprocess.Popen[bytes]:
        """Somebody goes on with a session's conversation by hand; gives their process once the agent answers."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self_spawn("embedded-agent", "--model", "mini", "--resume", self.conversation(name)),
                env=self.env,
                cwd=self._cwd(name),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        self._strangers.append(process)
        wait_for((self.agent / "sessions" / f"{process.pid}.json").exists, PATIENCE, "the stranger")
        return process

    def _cwd(self, name: str) -> str:
        file = self.run_file(name)
        assert file is not None
        return file.cwd

    # ---- the end

    def close(self) -> None:
        """End the controller, every session by the identity in its run file, and our own tmux server."""
        if self.process is not None:
            self.kill()
        for stranger in self._strangers:
            stranger.kill()
            stranger.communicate()
        for file in run_files(self.run_dir).values():
            if alive(file.process):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(file.process.pid, signal.SIGKILL)
        if (socket := self.state / "tmux.sock").exists():
            subprocess.run(["tmux", "-S", str(socket), "kill-server"], capture_output=True, check=False)


@contextlib.contextmanager
def live(root: Path, fleet: str = FLEET, files: dict[str, str] | None = None, **env: str) -> Iterator[ControllerWorld]:
    """A world whose controller runs and whose files' sessions are up."""
    with going(ControllerWorld(root, fleet, **env), files) as world:
        yield world


@contextlib.contextmanager
def going(world: W, files: dict[str, str] | None) -> Iterator[W]:
    """Start the controller of a world, wait for its files' sessions, and end all of it afterwards."""
    try:
        for name, text in (files or {}).items():
            world.write(f"{name}.yaml", text)
        world.start()
        world.up(*(name for name, text in (files or {}).items() if not re.search("state: stopped|die-at-once", text)))
        yield world
    except AssertionError as failure:
        for line in world.log.read_text().splitlines()[-30:] if world.log.exists() else ():
            failure.add_note(line)
        raise
    finally:
        world.close()
