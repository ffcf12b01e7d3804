"""A keeper of a scripted agent, and front ends that speak to it by the standard library alone."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from controller.runtimes.proc import ENDED, all_pids, stat_of
from controller.settings import self_spawn
from tests.waiting import wait_for

AGENT = Path(__file__).parents[2] / "stub_agents" / "acp_agent.py"
Message = dict[str, Any]
LARGE = {"value": "large", "patterns": ["large"], "name": "large"}


class Refused(Exception):
    """A keeper's error."""

    def __init__(self, error: Message) -> None:
        super().__init__(error["message"])
        self.code = error["code"]
        self.data: Any = error.get("data")


class Client:
    """A front end; what comes without being asked for is collected, questions are answered by ``on_ask``."""

    def __init__(
        self,
        door: socket.socket | None,
        on_ask: Callable[[Message], Message | None] | None = None,
        *,
        reads: bool = True,
    ) -> None:
        assert door is not None
        self.socket = door
        self.said: list[Message] = []
        self.gone = threading.Event()
        self._on_ask = on_ask
        self._answers: dict[int, Message] = {}
        self._last = 0
        if reads:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for line in self.socket.makefile("rb"):
                self._take(json.loads(line))
        except OSError:
            pass
        self.gone.set()

    def _take(self, message: Message) -> None:
        if "method" not in message:
            self._answers[message["id"]] = message
            return
        self.said.append(message)
        if "id" in message and self._on_ask and (answer := self._on_ask(message["params"])) is not None:
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": answer})

    def send(self, message: Message) -> None:
        self.send_together([message])

    def send_together(self, messages: list[Message]) -> None:
        self.socket.sendall(b"".join(json.dumps(message).encode() + b"\n" for message in messages))

    def notify(self, method: str, **params: Any) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def begin(self, method: str, **params: Any) -> int:
        self._last += 1
        self.send({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        return self._last

    def end(self, number: int) -> Any:
        """Wait for the answer to a request."""
        wait_for(lambda: number in self._answers or self.gone.is_set(), what=f"an answer to request {number}")
        answer = self._answers[number]
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def call(self, method: str, **params: Any) -> Any:
        return self.end(self.begin(method, **params))

    def prompt(self, text: str) -> int:
        """Begin a prompt, in the one session there is."""
        conversation = self.call("_muster/status")["conversation"]
        return self.begin("session/prompt", sessionId=conversation, prompt=[{"type": "text", "text": text}])

    def said_and_done(self, text: str) -> Message:
        """Return the end of a prompt's turn."""
        return self.end(self.prompt(text))  # type: ignore[no-any-return]

    def close(self) -> None:
        with suppress(OSError):  # the keeper has left before us
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def updates(self, kind: str = "agent_message_chunk") -> list[str]:
        """The texts of one kind of update, in their order."""
        found = (said["params"]["update"] for said in self.said if said["method"] == "session/update")
        return [update["content"]["text"] for update in found if update["sessionUpdate"] == kind]

    def entries(self, kind: str | None = None) -> list[Message]:
        found = [said["params"]["entry"] for said in self.said if said["method"] == "_muster/entry"]
        return [entry for entry in found if kind in {None, entry["kind"]}]


class World:
    """One session's files and processes."""

    def __init__(self, place: Path, opened: ExitStack) -> None:
        self.place = place
        self.socket = place / "keepers" / "k"
        self.statement_file = place / "a.keeper.json"
        self.journal_file = place / "journal" / "a.jsonl"
        self.keeper: subprocess.Popen[bytes]
        self._opened = opened

    def start(self, *faults: str, inherits: tuple[int, ...] = (), **changes: Any) -> None:
        """Start a keeper; whether it comes up is another matter."""
        spec = {
            "v": 1,
            "name": "a",
            "nonce": "n1",
            "socket": str(self.socket),
            "statement": str(self.statement_file),
            "journal": str(self.journal_file),
            "argv": [sys.executable, "-I", str(AGENT)],
            "env": os.environ | {"ACP_HOME": str(self.place), "ACP_FAULT": ",".join(faults)},
            "cwd": str(self.place),
            "conversation": None,
            "resume": False,
            "model": None,
            "unlisted": False,
            "load": "either",
            "permissions": {"policy": "ask", "timeout": 30.0},
            "mcp_servers": [],
            "prompt": None,
            "notices": [],
            "opening": 20.0,
            "grace": 5.0,
            "other_minute": False,
        } | changes
        path = self.place / "spec.json"
        path.write_text(json.dumps(spec))
        log = self._opened.enter_context((self.place / "log").open("ab"))
        self.keeper = subprocess.Popen(
            self_spawn("keeper", str(path)), start_new_session=True, stderr=log, pass_fds=inherits
        )
        self._opened.callback(self._clear, self.keeper)

    def ready(self, *faults: str, **changes: Any) -> Client:
        """Start a keeper, and return a front end once the session is open."""
        self.start(*faults, **changes)
        client = self.client()
        client.call("_muster/ready")
        return client

    def joined(self, *faults: str, **changes: Any) -> Client:
        """Return a front end that has opened the session."""
        client = self.ready(*faults, **changes)
        client.call("session/resume", sessionId=self.conversation)
        return client

    def client(self, on_ask: Callable[[Message], Message | None] | None = None, *, reads: bool = True) -> Client:
        # One that was killed leaves its socket behind, until the next keeper takes its place.
        client = Client(wait_for(lambda: connected(self.socket), what="a keeper at its socket"), on_ask, reads=reads)
        self._opened.callback(client.close)
        return client

    @property
    def statement(self) -> Message:
        found: Message = json.loads(self.statement_file.read_text()) if self.statement_file.exists() else {}
        return found

    @property
    def conversation(self) -> str:
        return str(self.statement["conversation"])

    def journal(self, kind: str | None = None) -> list[Message]:
        entries = [json.loads(line) for line in self.journal_file.read_text().splitlines()]
        return [entry for entry in entries if kind in {None, entry["kind"]}]

    def log(self, what: str) -> list[Message]:
        """What agents wrote down of one kind, with their pid and their model then."""
        path = self.place / "log.jsonl"
        told = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [entry for entry in told if entry["what"] == what]

    def heard(self) -> list[tuple[str, str]]:
        """Every prompt that an agent took, with its model then."""
        return [(entry["text"], entry["model"]) for entry in self.log("prompt")]

    def go(self) -> None:
        """Let turns that hold go on."""
        (self.place / "go").touch()

    def wait(self, **said: Any) -> Message:
        """Wait until the statement says all of this."""
        wait_for(lambda: self.statement.items() >= said.items(), what=f"the statement to say {said}")
        return self.statement

    def stop(self) -> int:
        self.keeper.send_signal(signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        self.keeper.kill()
        self.ended()

    def ended(self) -> int:
        return self.keeper.wait(30)

    def members(self) -> list[int]:
        """What lives in the keeper's session, besides itself; also of a keeper that has ended."""
        return [pid for pid in living(self.keeper.pid) if pid != self.keeper.pid]

    @staticmethod
    def _clear(keeper: "subprocess.Popen[bytes]") -> None:
        for pid in living(keeper.pid):
            os.kill(pid, signal.SIGKILL)
        keeper.wait(30)


def connected(path: Path) -> socket.socket | None:
    door = socket.socket(socket.AF_UNIX)
    try:
        door.connect(os.fspath(path))
    except (FileNotFoundError, ConnectionRefusedError):
        door.close()
        return None
    return door


def living(session: int) -> list[int]:
    """Return the processes of a unix session that have not ended."""
    rows = [row for pid in all_pids() if (row := stat_of(pid)) is not None]
    return [row.pid for row in rows if row.session == session and row.state not in ENDED]
