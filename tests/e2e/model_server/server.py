"""The server: HTTP/1.1 on loopback, a thread a connection, chunked streams, one JSON line a request and one its end."""

import contextlib
import itertools
import json
import re
import threading
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from . import anthropic, gemini, mind, openai_chat, openai_responses

DIALECTS: Final[tuple[ModuleType, ...]] = (anthropic, openai_chat, openai_responses, gemini)
_KEPT: Final = re.compile(r"session|conversation|thread|agent|user-agent", re.IGNORECASE)
"""Headers that tell who asks; keys are never among them."""


class ModelServer:
    """Answers on a port of its own until it is closed."""

    def __init__(self, log: Path, port: int = 0) -> None:
        self.log = log
        self.refused: dict[str, int] = {}
        """Models to the error that every request for them gets."""
        self.beside: str | None = None
        """Known by this in a user's text, or by having no tools: a request beside the conversation, such as a title."""
        self.hurried = threading.Event()
        """Set: answers pause no longer, those under way included."""
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", port), _Exchange)
        self._http.provider = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        """End, streams under way included."""
        self.hurried.set()
        self._http.shutdown()
        self._http.server_close()

    def note(self, **line: Any) -> None:
        """Append a line to the log."""
        with self._lock, self.log.open("a") as log:
            log.write(json.dumps({"at": time.time()} | line) + "\n")

    def number(self) -> int:
        """The next request's number."""
        return next(self._numbers)

    def requests(self) -> list[dict[str, Any]]:
        """Every request so far, oldest first, with ``whole``: its answer was taken to the end (``None``: not yet)."""
        with self._lock:
            text = self.log.read_text() if self.log.exists() else ""
        lines = [json.loads(line) for line in text.splitlines()]
        ends = {line["id"]: line["whole"] for line in lines if line["kind"] == "end"}
        return [line | {"whole": ends.get(line["id"])} for line in lines if line["kind"] == "request"]

    def turns(self, tag: str, model: str | None = None) -> list[dict[str, Any]]:
        """Requests of a conversation, not beside it, whose newest tag is this one."""
        return [
            one
            for one in self.requests()
            if mind.tags(one["users"])[-1:] == [tag] and model in {None, one["model"]} and not self.is_beside(one)
        ]

    def is_beside(self, request: dict[str, Any]) -> bool:
        """Tell whether a request is beside the conversation."""
        if self.beside is None:
            return not request["tools"]
        return any(re.search(self.beside, text) for text in request["users"])


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    provider: ModelServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Agents hang up as they please."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing: the log is ours."""

    def do_HEAD(self) -> None:
        self._send(200, {})

    def do_GET(self) -> None:
        listed = [{"id": "model-a", "object": "model"}, {"id": "model-b", "object": "model"}]
        self._send(200, {"object": "list", "data": listed, "models": [], "has_more": False})

    def do_PUT(self) -> None:
        """Take a control word: ``{"refused": {"MODEL": 404}}``."""
        self.server.provider.refused = self._body().get("refused", {})
        self._send(200, {})

    def do_POST(self) -> None:
        path, body = self.path.split("?")[0], self._body()
        for dialect in DIALECTS:
            if re.fullmatch(f"(/[\\w-]+)?{dialect.PATHS}", path):
                self._converse(dialect, path, body)
                return
        self.server.provider.note(kind="other", path=self.path)
        self._send(200, {"input_tokens": 10, "totalTokens": 10})

    def _converse(self, dialect: ModuleType, path: str, body: dict[str, Any]) -> None:
        provider = self.server.provider
        asked: mind.Asked = dialect.parse(path, body)
        reply = mind.reply(asked)
        status = provider.refused.get(asked.model, reply.status)
        number = provider.number()
        provider.note(
            kind="request",
            id=number,
            path=self.path,
            dialect=dialect.__name__.rpartition(".")[2],
            model=asked.model,
            users=asked.said_by("user"),
            assistants=asked.said_by("assistant"),
            tools=len(asked.tools),
            results=asked.said_by("tool"),
            called=reply.call and reply.call[0],
            stream=asked.stream,
            status=status,
            headers={key.lower(): value for key, value in self.headers.items() if _KEPT.search(key)},
        )
        whole = False
        try:
            self._answer(dialect, asked, reply, status)
            whole = True
        finally:
            provider.note(kind="end", id=number, whole=whole)

    def _answer(self, dialect: ModuleType, asked: mind.Asked, reply: mind.Reply, status: int) -> None:
        if status != 200:
            self._send(status, dialect.error(status, asked.model))
        elif asked.stream:
            self._stream(dialect.events(asked, reply), reply.delay)
        else:
            self.server.provider.hurried.wait(reply.delay)
            self._send(200, dialect.whole(asked, reply))

    def _stream(self, events: Iterable[tuple[str | None, Any] | None], delay: float) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            if event is None:
                self.server.provider.hurried.wait(delay)
            else:
                self._chunk(_sse(*event))
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _body(self) -> dict[str, Any]:
        raw = b"".join(self._chunks()) if "chunked" in self.headers.get("Transfer-Encoding", "") else b""
        raw = raw or self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with contextlib.suppress(ValueError):
            said = json.loads(raw)
            return said if isinstance(said, dict) else {}
        return {}

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _send(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)


def _sse(name: str | None, data: Any) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()
