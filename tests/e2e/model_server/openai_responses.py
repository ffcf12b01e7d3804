"""The Responses dialect: ``POST .../responses``."""

import json
from collections.abc import Iterator
from typing import Any

from . import openai_chat
from .mind import Asked, Message, Reply

PATHS = r"(/v1)?/responses"
error = openai_chat.error


def parse(path: str, body: dict[str, Any]) -> Asked:
    """Read a request; its input is one text or a list of items."""
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given or []
    return Asked(
        model=str(body.get("model")),
        messages=tuple(message for item in items if (message := _message(item))),
        tools=tuple(str(tool.get("name") or tool.get("type")) for tool in body.get("tools") or ()),
        stream=bool(body.get("stream")),
    )


def _message(item: dict[str, Any]) -> Message | None:
    if item.get("type") in {"function_call_output", "custom_tool_call_output"}:
        return Message("tool", str(item.get("output")), str(item.get("call_id")))
    if item.get("type", "message") != "message" or item.get("role") not in {"user", "assistant"}:
        return None
    content = item.get("content")
    text = content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content or [])
    return Message(item["role"], text)


def _item(reply: Reply, status: str) -> dict[str, Any]:
    if reply.call:
        said, given = reply.call
        space, _, name = said.rpartition(".")
        call = {"type": "function_call", "id": "fc_1", "call_id": reply.call_id, "name": name}
        return call | ({"namespace": space} if space else {}) | {"arguments": json.dumps(given), "status": status}
    content = [_part(reply.text)] if status == "completed" else []
    return {"type": "message", "id": "item_1", "role": "assistant", "status": status, "content": content}


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


def _response(asked: Asked, output: list[dict[str, Any]], status: str) -> dict[str, Any]:
    usage = {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10}
    usage |= {"output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 20}
    base = {"id": "resp_1", "object": "response", "created_at": 1, "model": asked.model}
    return base | {"status": status, "output": output, "usage": usage if status == "completed" else None}


def whole(asked: Asked, reply: Reply) -> dict[str, Any]:
    """The answer in one piece."""
    return _response(asked, [_item(reply, "completed")], "completed")


def events(asked: Asked, reply: Reply) -> Iterator[tuple[str | None, dict[str, Any]] | None]:
    """The answer as a stream; ``None`` is where it pauses."""
    yield _event("response.created", response=_response(asked, [], "in_progress"))
    yield _event("response.output_item.added", output_index=0, item=_item(reply, "in_progress"))
    if reply.call:
        yield None
    else:
        place = {"item_id": "item_1", "output_index": 0, "content_index": 0}
        first, second = reply.halves()
        yield _event("response.content_part.added", part=_part(""), **place)
        yield _event("response.output_text.delta", delta=first, **place)
        yield None
        yield _event("response.output_text.delta", delta=second, **place)
        yield _event("response.output_text.done", text=reply.text, **place)
        yield _event("response.content_part.done", part=_part(reply.text), **place)
    yield _event("response.output_item.done", output_index=0, item=_item(reply, "completed"))
    yield _event("response.completed", response=whole(asked, reply))


def _event(kind: str, **data: Any) -> tuple[str, dict[str, Any]]:
    return kind, {"type": kind} | data
