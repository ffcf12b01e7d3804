"""The Messages dialect: ``POST /v1/messages``."""

import json
from collections.abc import Iterator
from typing import Any

from .mind import Asked, Message, Reply

PATHS = r"/v1/messages"


def parse(path: str, body: dict[str, Any]) -> Asked:
    """Read a request; messages of the role ``system`` in mid-conversation say nothing to us."""
    return Asked(
        model=str(body.get("model")),
        messages=tuple(message for one in body.get("messages", []) for message in _messages(one)),
        tools=tuple(str(tool.get("name")) for tool in body.get("tools") or ()),
        stream=bool(body.get("stream")),
    )


def _messages(one: dict[str, Any]) -> Iterator[Message]:
    content = one.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    for block in blocks:
        if block.get("type") == "tool_result":
            yield Message("tool", json.dumps(block.get("content")), str(block.get("tool_use_id")))
    text = "\n".join(block.get("text", "") for block in blocks if block.get("type") == "text")
    if text and one.get("role") in {"user", "assistant"}:
        yield Message(one["role"], text)


def _blocks(reply: Reply) -> list[dict[str, Any]]:
    if reply.call:
        name, given = reply.call
        return [{"type": "tool_use", "id": f"toolu_{reply.call_id}", "name": name, "input": given}]
    return [{"type": "text", "text": reply.text}]


def _message(asked: Asked, content: list[dict[str, Any]], stop: str | None) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 10},
    }


def _stop(reply: Reply) -> str:
    return "tool_use" if reply.call else "end_turn"


def whole(asked: Asked, reply: Reply) -> dict[str, Any]:
    """The answer in one piece."""
    return _message(asked, _blocks(reply), _stop(reply))


def events(asked: Asked, reply: Reply) -> Iterator[tuple[str | None, dict[str, Any]] | None]:
    """The answer as a stream; ``None`` is where it pauses."""
    yield "message_start", {"type": "message_start", "message": _message(asked, [], None)}
    block = _blocks(reply)[0]
    empty: dict[str, Any] = {"input": {}} if reply.call else {"text": ""}
    begun = block | empty
    yield "content_block_start", {"type": "content_block_start", "index": 0, "content_block": begun}
    first, second = (json.dumps(reply.call[1]), "") if reply.call else reply.halves()
    yield "content_block_delta", _delta(reply, first)
    yield None
    yield "content_block_delta", _delta(reply, second)
    yield "content_block_stop", {"type": "content_block_stop", "index": 0}
    ended = {"stop_reason": _stop(reply), "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 10}}
    yield "message_stop", {"type": "message_stop"}


def _delta(reply: Reply, piece: str) -> dict[str, Any]:
    kind, key = ("input_json_delta", "partial_json") if reply.call else ("text_delta", "text")
    return {"type": "content_block_delta", "index": 0, "delta": {"type": kind, key: piece}}


def error(status: int, model: str) -> dict[str, Any]:
    """What a refusal looks like."""
    kinds = {404: "not_found_error", 429: "rate_limit_error", 529: "overloaded_error", 400: "invalid_request_error"}
    return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": f"model: {model}"}}
