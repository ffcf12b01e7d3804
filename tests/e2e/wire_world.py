"""One real agent under a real controller and tmux, in a scratch home, before a loopback provider."""

import contextlib
import json
import os
import re
import signal
import subprocess
import uuid
from pathlib import Path
from typing import Any, Final

import psutil

from tests.conftest import MARK
from tests.integration.controller_world import ControllerWorld
from tests.waiting import wait_for

from .model_server import mind
from .model_server.server import ModelServer
from .rows import Place, Row

NAME: Final = "s"
PATIENCE: Final = 90.0
"""Seconds for what an agent does by itself: the slowest starts in four, and in forty on a machine that is busy."""
_ENTERS: Final = 5
_TAKEN: Final = 3.0
"""Seconds until an Enter that was taken is seen on the wire."""


class WireWorld(ControllerWorld):
    """A session of one agent, and what was said in it."""

    def __init__(self, root: Path, row: Row, server: ModelServer) -> None:
        super().__init__(root, "rollout: {pause: 0s}\n")
        self.row, self.server = row, server
        server.beside = row.beside
        self.home, self.work = root / "home", root / "work"
        self.home.mkdir()
        self.work.mkdir()
        place = Place(home=self.home, work=self.work, url=server.url)
        self.env = self._scrubbed() | row.prepare(place)
        self.tags: list[str] = []
        """Of turns that were answered, oldest first."""

    def _scrubbed(self) -> dict[str, str]:
        path = os.pathsep.join([*map(str, self.row.package.path), os.environ["PATH"]])
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

    # ---- the file

    def declare(self, model: str) -> None:
        """Write the session's file as an editor would."""
        said = {
            "agent": self.row.agent,
            "model": model,
            "runtime": "tmux",
            "cwd": str(self.work),
            "args": self.row.args,
        }
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
        """Wait until a prompt can be typed, in another process than `unlike`; gives its pid."""

        def there() -> int | None:
            pid = self.pid(NAME)
            return pid if pid and pid != unlike and re.search(self.row.ready, self.screen()) else None

        try:
            return wait_for(there, within, f"{self.row.agent} to be ready, another than {unlike}") or 0
        except AssertionError as failure:
            failure.add_note(self.screen())
            raise

    def type(self, text: str) -> None:
        """Type a prompt as a person does: Enter when the text stands on the screen, and again where it was not taken.

        Some take no Enter while they are still loading, though they show the text.
        """
        self.tmux("send-keys", "-t", f"={NAME}:", "-l", "--", text)
        shown = text[-12:]
        wait_for(lambda: shown in self.screen().replace("\n", ""), PATIENCE, f"{shown} on the screen")
        [tag] = mind.TAG.findall(text)
        for _ in range(_ENTERS):
            self.tmux("send-keys", "-t", f"={NAME}:", "Enter")
            with contextlib.suppress(AssertionError):
                wait_for(lambda: self.server.turns(tag), _TAKEN)
                return

    def tag(self, word: str) -> str:
        """A new word by which a turn is known."""
        return f"{word}-{uuid.uuid4().hex[:8]}"

    def asks(self, tag: str, model: str | None = None) -> dict[str, Any]:
        """Wait for the request of a turn on the wire; gives it."""
        wire = self.row.models.get(model or "", model)
        try:
            return wait_for(lambda: self.server.turns(tag), PATIENCE, f"{tag} on the wire")[-1] | {"asked": wire}
        except AssertionError as failure:
            failure.add_note(self.screen())
            raise

    def turn(self, model: str, word: str = "step") -> dict[str, Any]:
        """Hold one turn; the request carries the model and the whole earlier conversation."""
        tag = self.tag(word)
        self.type(f"Remember {tag}")
        return self.answered(tag, model)

    def answered(self, tag: str, model: str) -> dict[str, Any]:
        """Wait for the end of a turn and check its request."""
        request = self.asks(tag)
        wait_for(lambda: self.server.turns(tag)[-1]["whole"], PATIENCE, f"the answer to {tag}")
        request = self.server.turns(tag)[-1]
        users, assistants = mind.tags(request["users"]), mind.tags(request["assistants"])
        lost = [old for old in self.tags if old not in users or mind.answer_to(old) not in assistants]
        assert request["model"] == self.row.models.get(model, model), f"the wire carries {request['model']}"
        assert not lost, f"the request does not carry the turns {lost}"
        self.tags.append(tag)
        wait_for(lambda: mind.answer_to(tag) in self.screen().replace("\n", ""), PATIENCE, "the answer on the screen")
        return request

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

    def kill_agent(self) -> int:
        """End the agent with SIGKILL: the leader of what Muster started, in this scratch world; gives its pid."""
        pid = self.pid(NAME)
        assert pid
        os.kill(pid, signal.SIGKILL)
        return pid
