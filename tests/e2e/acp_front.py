"""A front end of a keeper, as anybody may write one: the protocol over the session's socket, and nothing of ours."""

import itertools
import json
import socket
import threading
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

WITHIN: Final = 180.0
"""Seconds for an answer; a turn may wait until the agent has come up again."""


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message"))
        self.code: int = error["code"]


class FrontEnd:
    """One connection; what it hears is kept in order."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._numbers = itertools.count(1)
        self._open: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self.updates: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        """Questions of permission, each with its request's id."""
        threading.Thread(target=self._listen, daemon=True).start()
        self.ask("initialize", {"protocolVersion": 1, "clientCapabilities": {}})
        self.session: str = self.ask("session/new", {"cwd": "/", "mcpServers": []})["sessionId"]

    def begin(self, method: str, params: dict[str, Any]) -> "Future[Any]":
        """Send a request; its answer comes later."""
        number, answer = next(self._numbers), Future[Any]()
        self._open[number] = answer
        self._send({"id": number, "method": method, "params": params})
        return answer

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Send a request and wait for its answer."""
        return self.begin(method, params).result(WITHIN)

    def load(self) -> None:
        """Have the whole conversation told again."""
        self.ask("session/load", {"sessionId": self.session, "cwd": "/", "mcpServers": []})

    def prompt(self, text: str) -> "Future[Any]":
        """Say something; the future is the turn's end."""
        said = {"sessionId": self.session, "prompt": [{"type": "text", "text": text}]}
        return self.begin("session/prompt", said)

    def allow(self) -> None:
        """Answer the newest question of permission with the first option that allows it once."""
        question = self.asked[-1]
        options = question["params"]["options"]
        chosen = next(one["optionId"] for one in options if one["kind"] == "allow_once")
        self._send({"id": question["id"], "result": {"outcome": {"outcome": "selected", "optionId": chosen}}})

    def prompts(self) -> list[str]:
        """What any front end said, oldest first."""
        return self._chunks("user_message_chunk")

    def answers(self) -> str:
        """What the agent said; its pieces are no words."""
        return "".join(self._chunks("agent_message_chunk"))

    def _chunks(self, kind: str) -> list[str]:
        return [one["content"].get("text", "") for one in self.updates if one.get("sessionUpdate") == kind]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def _send(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._socket.sendall(json.dumps({"jsonrpc": "2.0"} | message).encode() + b"\n")

    def _listen(self) -> None:
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    self._hear(json.loads(line))
        except OSError:
            pass  # closed by us, or the keeper is gone
        for answer in list(self._open.values()):
            answer.cancel()

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("method") == "session/update":
            self.updates.append(message["params"]["update"])
        elif message.get("method") == "session/request_permission":
            self.asked.append(message)
        elif "method" not in message and (answer := self._open.pop(message["id"], None)):
            if "error" in message:
                answer.set_exception(Refused(message["error"]))
            else:
                answer.set_result(message["result"])
