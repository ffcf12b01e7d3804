"""The generateContent dialect: ``POST .../models/MODEL:generateContent`` and ``:streamGenerateContent``."""

import json
import re
from collections.abc import Iterator
from typing import Any

from .mind import Asked, Message, Reply

PATHS = r"/v1(beta|alpha)?/models/[^/:]+:(generateContent|streamGenerateContent)"


def parse(path: str, body: dict[str, Any]) -> Asked:
    """Read a request; its model stands in the path."""
    found = re.search(r"/models/([^/:]+):(\w+)", path)
    tools = [one for tool in body.get("tools") or () for one in tool.get("functionDeclarations", ())]
    return Asked(
        model=found[1] if found else "",
        messages=tuple(message for one in body.get("contents", []) for message in _messages(one)),
        tools=tuple(str(tool.get("name")) for tool in tools),
        stream=bool(found and found[2].startswith("stream")),
    )


def _messages(one: dict[str, Any]) -> Iterator[Message]:
    parts = one.get("parts", [])
    for part in parts:
        if "functionResponse" in part:
            yield Message("tool", json.dumps(part["functionResponse"]))
    text = "\n".join(part["text"] for part in parts if part.get("text"))
    if text:
        yield Message("assistant" if one.get("role") == "model" else "user", text)


def _piece(asked: Asked, part: dict[str, Any], *, last: bool) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": [part]}}
    if last:
        candidate["finishReason"] = "STOP"
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 10, "totalTokenCount": 20}
    return {"candidates": [candidate], "modelVersion": asked.model, "responseId": "r1", "usageMetadata": usage}


def _call(reply: Reply) -> dict[str, Any]:
    assert reply.call
    return {"functionCall": {"name": reply.call[0], "args": reply.call[1]}}


def whole(asked: Asked, reply: Reply) -> dict[str, Any]:
    """The answer in one piece; a side request that wants JSON is given some."""
    return _piece(asked, _call(reply) if reply.call else {"text": reply.text}, last=True)


def events(asked: Asked, reply: Reply) -> Iterator[tuple[str | None, dict[str, Any]] | None]:
    """The answer as a stream; ``None`` is where it pauses."""
    if reply.call:
        yield None
        yield None, whole(asked, reply)
        return
    first, second = reply.halves()
    yield None, _piece(asked, {"text": first}, last=False)
    yield None
    yield None, _piece(asked, {"text": second}, last=True)


def error(status: int, model: str) -> dict[str, Any]:
    """What a refusal looks like."""
    word = {404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 400: "INVALID_ARGUMENT"}.get(status, "UNAVAILABLE")
    return {"error": {"code": status, "message": f"models/{model} is not found", "status": word}}
