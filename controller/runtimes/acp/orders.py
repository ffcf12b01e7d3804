"""What a keeper is told, as the JSON of its private file (see ``keeper.py`` for the reader)."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ...model.plan import Headless
from ...model.wish import ModelWish
from ..base import StartFailed, StartOrder

MARKERS: Final = ("MUSTER_NAME", "MUSTER_NONCE")
SERVER: Final = "muster"
"""What the server of Muster's own tools is called in front of an agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a keeper's files are.

    :ivar socket: returns the path of a session's socket.
    """

    run_dir: Path
    journal_dir: Path
    socket: Callable[[str], Path]


def statement_path(run_dir: Path, name: str) -> Path:
    """Return where a session's keeper says what it knows. A session may be called ``x.json``, none ``x.keeper``'s x."""
    return run_dir / f"{name}.keeper"


def write(order: StartOrder, places: Places) -> Path:
    """Write the order of a keeper as a private file, for it to read and remove: the agent's environment is in it.

    :raises StartFailed: when the order is none for a keeper.
    """
    if order.headless is None:
        raise StartFailed(f"cannot start {order.name}: its launch is not one for a keeper")
    places.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = places.run_dir / f"{order.name}.{order.nonce}.spec"
    file.touch(mode=0o600)
    file.write_text(json.dumps(_told(order, order.headless, places)), encoding="utf-8")
    return file


def _told(order: StartOrder, headless: Headless, places: Places) -> dict[str, Any]:
    acp, permissions = headless.acp, headless.permissions
    return {
        "v": 1,
        "name": order.name,
        "nonce": order.nonce,
        "socket": os.fspath(places.socket(order.name)),
        "statement": os.fspath(statement_path(places.run_dir, order.name)),
        "journal": os.fspath(places.journal_dir / f"{order.name}.jsonl"),
        "argv": list(order.argv),
        "env": dict(order.env),
        "cwd": order.cwd,
        "conversation": order.conversation,
        "resume": order.resumes,
        "model": wish(headless.wish) if headless.wish else None,
        "unlisted": acp.unlisted,
        "load": acp.opens.value,
        "permissions": {"policy": permissions.policy.value, "timeout": permissions.timeout},
        "mcp_servers": _servers(headless.tools),
        "prompt": headless.prompt,
        "notices": [
            {"status_type": one.kind} | {key: value for key, value in asdict(one).items() if key != "kind"}
            for one in headless.notices
        ],
        "opening": acp.opening,
        "grace": acp.grace,
        "other_minute": acp.other_minute,
    }


def _servers(tools: Sequence[str]) -> list[dict[str, Any]]:
    """Return the server of Muster's own tools as the protocol words it; the agent starts it itself."""
    return [{"name": SERVER, "command": tools[0], "args": list(tools[1:]), "env": []}] if tools else []


def wish(model: ModelWish) -> dict[str, Any]:
    """Return a model as a keeper is told it."""
    return {
        "name": model.name,
        "value": model.value,
        "patterns": list(model.patterns),
        "unlisted": model.unlisted,
    }
