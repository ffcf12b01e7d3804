"""What the embedded agent says: models and deterministic answers, without any I/O."""

from __future__ import annotations

import re

MODELS = {"mini": "mini-1", "midi": "midi-1", "maxi": "maxi-1"}
"""Alias to id, cheapest first."""

DEFAULT_MODEL = "midi-1"
CHEAPEST_MODEL = "mini-1"

_PIECES = 8
PAUSE = 0.2 / _PIECES
"""Between two pieces of an answer, as a share of the thinking time."""

_TAKE = re.compile(r"\btake (\d+(?:\.\d+)?)\b", re.IGNORECASE)
_RECALL = ("what did i tell you", "recall", "remember?")
_YES = frozenset({"y", "yes"})


def model_id(name: str) -> str | None:
    """Turn an alias or an id into the id; None for a model that is not offered."""
    if name in MODELS.values():
        return name
    return MODELS.get(name)


def alias(model: str) -> str:
    """Turn an id into the name that people write."""
    return next(name for name, its_id in MODELS.items() if its_id == model)


def extra_seconds(prompt: str) -> float:
    """Read how long the person asked a turn to last ("take 5 seconds")."""
    found = _TAKE.search(prompt)
    return float(found[1]) if found else 0.0


def wants_permission(prompt: str) -> bool:
    """Say whether the turn stops to ask the person."""
    return prompt.lower() == "ask me"


def answer(prompt: str, earlier: tuple[str, ...], model: str) -> str:
    """Answer one prompt from what the person said earlier in this conversation."""
    if not _is_recall(prompt):
        return f"[{model}] I will remember: {_on_one_line(prompt)}"
    told = [_on_one_line(text) for text in earlier if not _is_recall(text)]
    if not told:
        return f"[{model}] You have told me nothing yet."
    return f"[{model}] You told me: {'; '.join(told)}"


def answer_to_permission(reply: str, model: str) -> str:
    """Answer what the person decided; only a clear yes is a yes."""
    said = "You said yes." if reply.lower() in _YES else "You said no."
    return f"[{model}] {said}"


def pieces(text: str) -> list[str]:
    """Cut an answer into a few pieces that join to the same text."""
    size = max(1, -(-len(text) // _PIECES))
    return [text[start : start + size] for start in range(0, len(text), size)]


def _is_recall(prompt: str) -> bool:
    lowered = prompt.lower()
    asks = "remember" in lowered and lowered.endswith("?")
    return asks or any(words in lowered for words in _RECALL)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
