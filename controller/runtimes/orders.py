"""What a launcher is told, and the files that a launch needs before it."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from ..model.session import RuntimeKind
from . import cgroup, tokens
from .base import AlreadyRunning, NoRoom, StartFailed, StartOrder
from .launch import replace
from .runfile import read_run_file
from .trust import replaceable


def launch_order(
    order: StartOrder, runtime: RuntimeKind, run_dir: Path, *, log: Path | None = None, group: Path | None = None
) -> dict[str, Any]:
    """Return the whole order as JSON values; secrets are in its ``env``, so it goes by socket or private file only."""
    return {
        "name": order.name,
        "nonce": order.nonce,
        "runtime": runtime.value,
        "agent": order.agent,
        "asked_model": order.asked_model,
        "conversation": order.conversation,
        "argv": list(order.argv),
        "env": dict(order.env),
        "cwd": order.cwd,
        "place": order.place,
        "run_dir": os.fspath(run_dir),
        "log": None if log is None else os.fspath(log),
        "cgroup": None if group is None else _own_group(group, order, run_dir),
        "umask": _umask(),
    }


def _own_group(base: Path, order: StartOrder, run_dir: Path) -> str | None:
    """Make the launch's cgroup, and take away that of the launch before it if it is empty."""
    if (before := read_run_file(run_dir, order.name)) and (old := cgroup.place(base, order.name, before.process.nonce)):
        cgroup.remove(old)
    if own := cgroup.place(base, order.name, order.nonce):
        own.mkdir(exist_ok=True)
    return None if own is None else os.fspath(own)


def make_current(order: StartOrder, run_dir: Path) -> None:
    """Make a launch the one that counts: any earlier one that has not yet become the agent will exit.

    With an earlier launch its token ends; another is granted where the agent is given Muster's tools.

    :raises StartFailed: when others could put an order of theirs in the place of ours.
    """
    if why := replaceable(run_dir):
        raise StartFailed(f"cannot start {order.name}: others could change its order: {why}")
    path = f"{run_dir}/{order.name}.nonce"
    try:
        replace(path, order.nonce)
    except FileNotFoundError:
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(path, order.nonce)
    tokens.revoke(run_dir, order.name)
    if order.tools:
        tokens.grant(run_dir, order.name)


def make_none_current(name: str, run_dir: Path) -> None:
    """Call off every launch of a session that is still on its way, and take its token away."""
    tokens.revoke(run_dir, name)
    with suppress(FileNotFoundError):
        os.unlink(f"{run_dir}/{name}.nonce")  # noqa: PTH108 - a thousand at once; a Path costs more than the call


def refusal(name: str, word: str, reason: str) -> StartFailed:
    """Return the error for what a launcher said instead of becoming the agent."""
    message = f"cannot start {name}: {reason}"
    if word == "held":
        return AlreadyRunning(message, hint=f"end what it left behind: `muster stop {name}`")
    if word == "no-room":
        return NoRoom(message)
    return StartFailed(message, hint="install the agent, or correct PATH in env" if word == "not-found" else None)


@cache
def _umask() -> int:
    """Return this process's umask; a session inherits it, whoever started the launcher or the terminal server."""
    current = os.umask(0o077)
    os.umask(current)
    return current
