"""What a keeper is told at its start: one private file, which is gone once it is read."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...model.wish import ModelWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One launch. Secrets are in ``env``.

    :ivar socket: where front ends come; ``statement`` and ``journal`` are files.
    :ivar conversation: the one to open again, with ``resume``.
    :ivar wish: the model to set once the conversation is open.
    :ivar load: "load" where the agent's resume is not to be used.
    :ivar policy: "ask", "allow" or "deny"; a question waits ``patience`` seconds for an answer.
    :ivar prompt: said when the conversation begins.
    :ivar notices: said in the journal once it is open.
    :ivar opening: seconds in which it must be open.
    :ivar grace: seconds that the agent has to end by itself.
    :ivar other_minute: an earlier conversation is not opened in the minute in which it began.
    """

    name: str
    nonce: str
    socket: Path
    statement: Path
    journal: Path
    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    conversation: str | None
    resume: bool
    wish: ModelWish | None
    load: str
    policy: str
    patience: float
    mcp_servers: list[Any]
    prompt: str | None
    notices: tuple[dict[str, Any], ...]
    opening: float
    grace: float
    other_minute: bool


_PLAIN: Final = (
    *("name", "nonce", "env", "cwd", "conversation", "resume", "load", "mcp_servers"),
    *("prompt", "opening", "grace", "other_minute"),
)


def take(path: Path) -> Spec:
    """Read the file and remove it.

    :raises OSError: when it cannot be read.
    :raises KeyError: when something is missing in it.
    """
    said = json.loads(path.read_bytes())
    path.unlink()
    permissions = said["permissions"]
    plain = {key: said[key] for key in _PLAIN}
    return Spec(
        **plain,
        socket=Path(said["socket"]),
        statement=Path(said["statement"]),
        journal=Path(said["journal"]),
        argv=tuple(said["argv"]),
        wish=said["model"] and wish_in(said["model"], unlisted=said["unlisted"]),
        policy=permissions["policy"],
        patience=permissions["timeout"],
        notices=tuple(said["notices"]),
    )


def wish_in(said: dict[str, Any], *, unlisted: bool) -> ModelWish:
    """Read which model is meant.

    :raises ValueError: when that is not said.
    """
    value, patterns = said.get("value"), said.get("patterns") or []
    if not isinstance(value, str) or not isinstance(patterns, list):
        raise ValueError("cannot read which model is meant: value must be a text, patterns a list")  # noqa: TRY004 - it is data
    try:
        for pattern in patterns:
            re.compile(str(pattern))
    except re.error as error:
        raise ValueError(f"cannot read which model is meant: {error}") from error
    return ModelWish(
        name=str(said.get("name") or value), value=value, patterns=tuple(map(str, patterns)), unlisted=unlisted
    )
