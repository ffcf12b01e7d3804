"""One real agent under a real controller and tmux, in a scratch home, before a loopback provider."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psutil

from tests.conftest import MARK
from tests.integration.controller_world import ControllerWorld
from tests.waiting import wait_for

from . import verdict
from .model_server import mind
from .model_server.server import ModelServer
from .rows import Place, Row

NAME: Final = "s"
PATIENCE: Final = 180.0
"""Seconds for what an agent does by itself: the slowest starts in four, and in ninety on a machine that is busy."""
_ENTERS: Final = 5
_SHOWN: Final = 15.0
"""Seconds until a text that was typed is seen, on a busy machine too."""
_TAKEN: Final = 3.0
"""Seconds until an Enter that was taken is seen on the wire."""


class WireWorld(ControllerWorld):
    """A session of one agent, and what was said in it."""

    def __init__(self, root: Path, row: Row, server: ModelServer) -> None:
        super().__init__(root, "rollout: {pause: 0s}\n")
        self.row, self.server = row, server
        server.beside = row.beside
        self.home, self.work = root / "home", root / "work"
        self.bin = root / "bin"
        self.home.mkdir()
        self.work.mkdir()
        place = Place(home=self.home, work=self.work, url=server.url)
        self.env = self._scrubbed() | row.prepare(place)
        self.tags: list[str] = []
        """Of turns that were answered, oldest first."""
        self.named: set[str] = set()
        """Conversations that the agent itself named on the wire, where it names them."""
        self.since = 0
        """The number of the last request before the last change of model."""

    def _scrubbed(self) -> dict[str, str]:
        first = [str(place) for package in self.row.packages for place in package.path]
        path = os.pathsep.join([*first, os.environ["PATH"]])
        places = {
            f"XDG_{kind}_HOME": str(self.home / f".{kind.lower()}") for kind in ("CONFIG", "DATA", "STATE", "CACHE")
        }
        if copy := os.environ.get("PYTHONPATH"):  # a private copy is under test
            places["PYTHONPATH"] = copy
        return places | {
            "HOME": str(self.home),
            "PATH": path,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "MUSTER_SESSIONS_DIR": str(self.sessions),
            "MUSTER_STATE_DIR": str(self.state),
            "MUSTER_SETTLE": "0.1",
            MARK: os.environ[MARK],
        }

    # ---- the program

    def link_programs(self) -> None:
        """From now on the agent is found by links of this world's own, which may vanish and change."""
        self.bin.mkdir(exist_ok=True)
        self.env["PATH"] = self.env["PATH"].replace(str(self.row.package.bin), str(self.bin))
        for program in self.row.package.bin.iterdir():
            if not program.name.startswith("python"):
                link = self.bin / f".{program.name}"
                link.symlink_to(program)
                link.replace(self.bin / program.name)

    def unlink_programs(self) -> list[Path]:
        """Take the links away; gives where they were."""
        links = [path for path in self.bin.iterdir() if path.is_symlink()]
        for link in links:
            link.unlink()
        return links

    @contextlib.contextmanager
    def person(self, conversation: str) -> Iterator[psutil.Process]:
        """A person has the conversation open in a terminal of their own; they leave at the end."""
        *words, last = self.row.person
        socket = str(self.root / "person.sock")
        argv = ["tmux", "-S", socket, "new-session", "-d", "-x", "150", "-y", "40", "-P", "-F", "#{pane_pid}", "-c"]
        argv += [str(self.work), *words, f"{last}{conversation}"]
        tmux = subprocess.run(argv, capture_output=True, text=True, check=True, env=self.env)
        process = psutil.Process(int(tmux.stdout))
        show = ["tmux", "-S", socket, "capture-pane", "-p"]
        try:
            wait_for(
                lambda: re.search(
                    self.row.ready, subprocess.run(show, capture_output=True, text=True, check=True).stdout
                ),
                PATIENCE,
                "the person's terminal",
            )
            yield process
        finally:
            theirs = [process, *(process.children(recursive=True) if process.is_running() else ())]
            subprocess.run(["tmux", "-S", socket, "kill-server"], capture_output=True, check=False)
            for one in theirs:  # some wrappers outlive their terminal
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
            wait_for(lambda: all(gone(one.pid) for one in theirs), PATIENCE, "the person to leave")

    # ---- the file

    def declare(self, model: str, **more: Any) -> None:
        """Write the session's file as an editor would."""
        said = {
            "agent": self.row.agent,
            "model": model,
            "runtime": "tmux",
            "cwd": str(self.work),
            "args": self.row.args,
        } | more
        self.write(f"{NAME}.yaml", "".join(f"{key}: {json.dumps(value)}\n" for key, value in said.items()))

    # ---- the terminal

    def tmux(self, *words: str) -> str:
        """Ask our own tmux server."""
        command = ["tmux", "-S", str(self.state / "tmux.sock"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=self.env).stdout

    def screen(self) -> str:
        """What a person would see."""
        return self.tmux("capture-pane", "-p", "-t", f"={NAME}:")

    def ready(self, *, unlike: int | None = None, within: float = PATIENCE) -> int:
        """Wait until a prompt can be typed, in another process than `unlike`, which must be gone; gives its pid."""

        def there() -> int | None:
            pid = self.pid(NAME)
            if not pid or pid == unlike:
                return None
            assert unlike is None or gone(unlike), f"{unlike} was alive when its successor {pid} was there"
            return pid if re.search(self.row.ready, self.screen()) else None

        with self.shown():
            pid = wait_for(there, within, f"{self.row.agent} to be ready, another than {unlike}")
        self.changed()
        return pid or 0

    def changed(self) -> None:
        """From now on every request is to carry one model: what was asked before is no sign of an old process."""
        self.since = max((one["id"] for one in self.server.requests()), default=0)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Say what the screen showed when something failed."""
        try:
            yield
        except AssertionError as failure:
            failure.add_note(self.screen())
            raise

    def type(self, text: str) -> None:
        """Type a prompt as a person does: Enter when the text stands on the screen, each again where it was not taken.

        Some swallow what is typed while they are still loading, or show it and take no Enter.
        """
        self._put(text)
        [tag] = mind.TAG.findall(text)
        for _ in range(_ENTERS):
            self.tmux("send-keys", "-t", f"={NAME}:", "Enter")
            with contextlib.suppress(AssertionError):
                wait_for(lambda: self.server.turns(tag), _TAKEN)
                return

    def _put(self, text: str) -> None:
        """Type a text until it is seen; a prompt of earlier turns on the screen looks as if one could."""
        shown, end = text[-12:], time.monotonic() + PATIENCE
        while True:
            self.tmux("send-keys", "-t", f"={NAME}:", "-l", "--", text)
            try:
                wait_for(lambda: shown in self.screen().replace("\n", ""), _SHOWN, f"{shown} on the screen")
            except AssertionError:
                if time.monotonic() > end:
                    raise
            else:
                return

    def tag(self, word: str) -> str:
        """A new word by which a turn is known."""
        return f"{word}-{uuid.uuid4().hex[:8]}"

    def asks(self, tag: str) -> dict[str, Any]:
        """Wait for the request of a turn on the wire; gives it."""
        with self.shown():
            return wait_for(lambda: self.server.turns(tag), PATIENCE, f"{tag} on the wire")[-1]

    def turn(self, model: str, word: str = "step") -> dict[str, Any]:
        """Hold one turn, and check its request."""
        tag = self.tag(word)
        self.type(f"Remember {tag}")
        return self.answered(tag, model)

    def answered(self, tag: str, model: str) -> dict[str, Any]:
        """Wait for a turn's end; the wire carries the model, all that was said before, and nothing of an old model."""
        self.asks(tag)
        wait_for(lambda: self.server.turns(tag)[-1]["whole"], PATIENCE, f"the answer to {tag}")
        request, wire = self.server.turns(tag)[-1], self.row.models.get(model, model)
        wrong = [*verdict.faults(request, self.tags, wire), *verdict.strays(self.judged(), self.since, wire)]
        assert not wrong, "; ".join(wrong)
        self.tags.append(tag)
        self.named |= {request["headers"].get(self.row.header)} - {None}
        with self.shown():
            answer = mind.answer_to(tag)
            wait_for(lambda: answer in self.screen().replace("\n", ""), PATIENCE, "the answer on the screen")
        return request

    def judged(self) -> list[dict[str, Any]]:
        """The requests that must carry the session's model."""
        return self.server.requests()

    # ---- what Muster says

    def told_conversation(self) -> str | None:
        """The conversation that Muster knows."""
        said = self.status(NAME)["conversation"]
        return str(said) if said else None

    def state_is(self, *states: str, within: float = PATIENCE) -> dict[str, Any]:
        """Wait for a state of `muster status`; gives the whole entry."""

        def now() -> dict[str, Any] | None:
            seen = self.status(NAME)
            return seen if seen["state"] in states else None

        try:
            return wait_for(now, within, f"the state {' or '.join(states)}") or {}
        except AssertionError as failure:
            failure.add_note(json.dumps(self.status(NAME)))
            raise

    def memory(self) -> int:
        """Bytes of resident memory of the session's processes."""
        pid = self.pid(NAME)
        assert pid
        leader = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (leader, *leader.children(recursive=True)))

    def others(self) -> list[str]:
        """Processes of this world beside the session's: a second agent, or what a stopped one left behind."""
        pid = self.pid(NAME)
        assert pid
        leader = psutil.Process(pid)
        ours = {leader, *leader.children(recursive=True)}
        return [
            f"{one.pid} {' '.join(one.cmdline())}"
            for one in psutil.process_iter()
            if one not in ours and self._has(one)
        ]

    def _has(self, process: psutil.Process) -> bool:
        """Tell whether a process is of this world, and neither Muster nor tmux: by its home or where it works."""
        with contextlib.suppress(psutil.Error, OSError):
            if "controller" in process.cmdline() or process.name().startswith("tmux"):
                return False
            return process.cwd() == str(self.work) or process.environ().get("HOME") == str(self.home)
        return False

    def on_disk(self, conversation: str) -> list[Path]:
        """The agent's own files of a conversation that have its newest turn.

        Some files are named by the first part of the id, a database has all conversations; one that is a directory is
        kept there.
        """
        newest, whole = self.tags[-1].encode(), conversation.encode()
        files = (path for place in (self.home, self.work) for path in place.rglob("*") if path.is_file())
        return [
            path
            for path in files
            if newest in (data := path.read_bytes()) and (conversation[:8] in str(path) or whole in data)
        ]

    def leave_log(self, place: Path) -> None:
        """Copy what tells why it failed: the wire, the controller's words and the screen."""
        place.mkdir(parents=True, exist_ok=True)
        for log in (self.server.log, self.log):
            if log.exists():
                shutil.copy(log, place)
        (place / "screen").write_text(self.screen())

    def kill_agent(self) -> int:
        """End the agent with SIGKILL: the leader of what Muster started, in this scratch world; gives its pid."""
        pid = self.pid(NAME)
        assert pid
        os.kill(pid, signal.SIGKILL)
        return pid


def gone(pid: int) -> bool:
    """Tell whether a process is no more, or a zombie."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
