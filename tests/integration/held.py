"""One keeper that holds the embedded agent, started as a launcher would, with no controller anywhere."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from controller.runtimes.acp import door, journal
from controller.runtimes.acp.peer import Peer
from controller.settings import self_spawn
from controller.wire.statement import State, Statement
from tests.waiting import wait_for

AGENT = (*self_spawn("embedded-agent"), "--acp")
MODELS = ("mini", "midi", "maxi")


def wish(model: str) -> dict[str, Any]:
    """How a keeper is told a model: by its name, and by how the agent may call it."""
    return {"name": model, "value": model, "patterns": [model, rf"{model}-\d+"], "unlisted": False}


class Held:
    """The session, one keeper after another; each is started with the conversation of the one before it."""

    def __init__(self, root: Path, *, agent: Sequence[str] = AGENT, **env: str) -> None:
        self.root, self.home, self.cwd = root, root / "demo", root / "work"
        self.socket, self.journal_path = root / "run/k.sock", root / "journal/alice.jsonl"
        self.statement_path = root / "run/alice.keeper"
        self.agent = list(agent)
        self.env = os.environ | {"MUSTER_DEMO_HOME": str(self.home), "MUSTER_DEMO_THINK": "0.02"} | env
        for place in (root, root / "run", root / "journal", self.cwd):
            place.mkdir(mode=0o700)
        self.log = root / "keeper.log"
        self.process: subprocess.Popen[bytes] | None = None

    # ---- its life

    def start(self, model: str | None = "mini", *, conversation: str | None = None, **said: Any) -> None:
        """Start a keeper; ``said`` are more words of its private file."""
        assert self.process is None
        spec = self.root / "run/alice.spec"
        spec.touch(mode=0o600)
        spec.write_text(json.dumps(self._spec(model, conversation) | said))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self_spawn("keeper", str(spec)),
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _spec(self, model: str | None, conversation: str | None) -> dict[str, Any]:
        return {
            "v": 1,
            "name": "alice",
            "nonce": "n",
            "socket": str(self.socket),
            "statement": str(self.statement_path),
            "journal": str(self.journal_path),
            "argv": self.agent,
            "env": self.env,
            "cwd": str(self.cwd),
            "conversation": conversation,
            "resume": conversation is not None,
            "model": wish(model) if model else None,
            "unlisted": False,
            "load": "either",
            "permissions": {"policy": "ask", "timeout": 60.0},
            "mcp_servers": [],
            "prompt": None,
            "notices": [],
            "opening": 30.0,
            "grace": 3.0,
            "other_minute": False,
        }

    async def peer(self, **words: Any) -> Peer:
        """Come in as a front end, once the conversation is open."""
        wait_for(lambda: self.ended() or self.is_ready(), what="a keeper that is ready")
        assert not self.ended(), self.log.read_text()
        return await door.connect(self.socket, **words)

    def is_ready(self) -> bool:
        """Whether the keeper that runs has its conversation open."""
        said = self.statement()
        return said is not None and said.state is State.READY

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the keeper, wait for its end and its agent's; gives its exit code."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        return self.gone()

    def gone(self) -> int:
        """Wait for the keeper's end and its agent's."""
        assert self.process is not None
        code = self.process.wait(60)
        wait_for(lambda: not self.agents(), what="the end of the agent")
        self.process = None
        return code

    def close(self) -> None:
        """End all of it, whatever state it is in."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for pid in self.agents():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # ---- what there is

    def statement(self) -> Statement | None:
        """What the keeper says, if it is the one that runs."""
        try:
            said = Statement.from_json(json.loads(self.statement_path.read_bytes()))
        except (OSError, ValueError):
            return None
        return said if self.process is not None and said.pid == self.process.pid else None

    def conversation(self) -> str:
        said = self.statement()
        assert said is not None
        assert said.conversation is not None
        return said.conversation

    def agents(self) -> list[int]:
        """Every agent of this world that lives, by what is in its environment."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()
                ours = words == self.agent and process.environ().get("MUSTER_DEMO_HOME") == str(self.home)
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.pid)
        return found

    def journal(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The entries of its journal."""
        return [entry for entry in journal.read(self.journal_path) if kind in {None, entry["kind"]}]

    def transcript(self) -> list[dict[str, Any]]:
        """What the agent itself kept of all conversations: who said what, on which model."""
        lines = [line for path in self.home.glob("projects/*/*.jsonl") for line in path.read_text().splitlines()]
        return [record for record in map(json.loads, lines) if record["type"] in {"user", "assistant"}]


@contextlib.contextmanager
def held(root: Path, **words: Any) -> Iterator[Held]:
    """A keeper with a conversation, on the cheapest model; what it logged is shown where a test fails."""
    world = Held(root, **words)
    try:
        world.start()
        yield world
    except AssertionError as failure:
        failure.add_note(world.log.read_text()[-2000:])
        raise
    finally:
        world.close()
