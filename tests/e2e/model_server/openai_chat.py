"""The Chat Completions dialect: ``POST .../chat/completions``."""

import json
from collections.abc import Iterator
from typing import Any

from .mind import Asked, Message, Reply

PATHS = r"(/v1)?/chat/completions"
DONE = "[DONE]"


def parse(path: str, body: dict[str, Any]) -> Asked:
    """Read a request."""
    return Asked(
        model=str(body.get("model")),
        messages=tuple(
            Message(one["role"], text)
            for one in body.get("messages", [])
            if one.get("role") in {"user", "assistant", "tool"} and (text := _text(one.get("content")))
        ),
        tools=tuple(str(tool.get("function", {}).get("name")) for tool in body.get("tools") or ()),
        stream=bool(body.get("stream")),
    )


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content)
    return content or ""


def _calls(reply: Reply) -> list[dict[str, Any]]:
    assert reply.call
    name, given = reply.call
    return [
        {
            "index": 0,
            "id": reply.call_id,
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(given)},
        }
    ]


def _chunk(asked: Asked, **more: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "created": 1, "model": asked.model, "object": "chat.completion.chunk"} | more


_USAGE = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}


def _finish(reply: Reply) -> str:
    return "tool_calls" if reply.call else "stop"


def whole(asked: Asked, reply: Reply) -> dict[str, Any]:
    """The answer in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": None if reply.call else reply.text}
    if reply.call:
        message["tool_calls"] = _calls(reply)
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    return _chunk(asked, object="chat.completion", choices=[choice], usage=_USAGE)


def events(asked: Asked, reply: Reply) -> Iterator[tuple[str | None, dict[str, Any] | str] | None]:
    """The answer as a stream; ``None`` is where it pauses."""
    first, second = reply.halves()
    begun: dict[str, Any] = {"tool_calls": _calls(reply)} if reply.call else {"content": first}
    deltas = [{"role": "assistant"} | begun, {} if reply.call else {"content": second}]
    for index, delta in enumerate(deltas):
        if index:
            yield None
        yield None, _chunk(asked, choices=[{"index": 0, "delta": delta, "finish_reason": None}])
    yield None, _chunk(asked, choices=[{"index": 0, "delta": {}, "finish_reason": _finish(reply)}])
    yield None, _chunk(asked, choices=[], usage=_USAGE)
    yield None, DONE


def error(status: int, model: str) -> dict[str, Any]:
    """What a refusal looks like."""
    code = "model_not_found" if status == 404 else "error"
    message = f"The model `{model}` does not exist or you do not have access to it."
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
