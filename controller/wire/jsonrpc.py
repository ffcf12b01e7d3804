"""JSON-RPC 2.0: what a message is, and messages to send."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from .ndjson import Message

Id = str | int | None


class Code(IntEnum):
    """Errors of JSON-RPC, of the Agent Client Protocol (from -32000), and the keeper's own (from -32050)."""

    PARSE = -32700
    INVALID_REQUEST = -32600
    NO_METHOD = -32601
    INVALID_PARAMS = -32602
    INTERNAL = -32603
    AUTH_REQUIRED = -32000
    NOT_FOUND = -32002
    CANCELLED = -32800
    NOT_READY = -32050
    """The opening failed; ``data`` has ``kind`` and ``why``."""
    BUSY = -32051
    """A turn runs, or prompts are queued."""
    NOT_TAKEN = -32052
    """The agent goes on with another model, or did not say."""


@dataclass(frozen=True, slots=True)
class Request:
    """Wants an answer."""

    id: Id
    method: str
    params: Message


@dataclass(frozen=True, slots=True)
class Notification:
    """Wants none."""

    method: str
    params: Message


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to."""

    id: Id
    result: Any


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request came to nothing."""

    id: Id
    code: int
    message: str
    data: Any = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """A JSON object that is none of these; with an ``id`` and ``wants_answer`` its sender can be told."""

    why: str
    id: Id = None
    wants_answer: bool = False


Kind = Request | Notification | Answer | Failure | Malformed


def classify(message: Message) -> Kind:
    """Return what a message is, whatever it is; the version is not looked at, for some leave it out."""
    ident = message.get("id")
    if isinstance(ident, float) and ident.is_integer():
        ident = int(ident)  # some write whole numbers so
    # A truth value is a number to Python: it would stand for request 1.
    if isinstance(ident, bool) or not isinstance(ident, str | int | None):
        return Malformed("its id is neither text nor a whole number")
    if "method" in message:
        return _call(message, ident)
    if message.get("error") is not None:
        return _failure(ident, message["error"])
    if "result" in message or "id" in message:  # some leave out a result that is nothing
        return Answer(ident, message.get("result"))
    return Malformed("neither a call nor an answer")


def _call(message: Message, ident: Id) -> Kind:
    method, params = message["method"], message.get("params")
    wants_answer = "id" in message
    if not isinstance(method, str):
        return Malformed("its method is no text", ident, wants_answer)
    if params is None:
        params = {}
    if not isinstance(params, dict):
        return Malformed(f"the parameters of {method} are no object", ident, wants_answer)
    return Request(ident, method, params) if wants_answer else Notification(method, params)


def _failure(ident: Id, error: Any) -> Failure:
    if not isinstance(error, dict):
        return Failure(ident, Code.INTERNAL, str(error))
    code, message = error.get("code"), error.get("message")
    known = code if isinstance(code, int) and not isinstance(code, bool) else Code.INTERNAL
    return Failure(ident, known, str(message or "no reason given"), error.get("data"))


def request(ident: Id, method: str, params: Message) -> Message:
    """Return a call that wants an answer."""
    return {"jsonrpc": "2.0", "id": ident, "method": method, "params": params}


def notification(method: str, params: Message) -> Message:
    """Return a call that wants none."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def answer(ident: Id, result: Any) -> Message:
    """Return the answer to a request."""
    return {"jsonrpc": "2.0", "id": ident, "result": result}


def failure(ident: Id, code: int, message: str, data: Any = None) -> Message:
    """Return the refusal of a request."""
    error = {"code": int(code), "message": message} | ({} if data is None else {"data": data})
    return {"jsonrpc": "2.0", "id": ident, "error": error}
