"""A launch in a tmux pane, ours or theirs: the order goes by a private file, the launcher's word comes by a FIFO."""

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from ..model.observed import ProcessIdentity
from ..settings import self_spawn
from . import orders
from .base import StartFailed, StartOrder
from .holders import named
from .identity import boot_id, gone, identify
from .pane_report import PaneReport

_UP: Final = 15.0
"""Seconds from the pane to the exec in it: a Python start, 30 ms on an idle machine."""
_OUT: Final = 2.0
"""Seconds for a launcher that refused to leave its pane: it has only to exit."""


async def launch(
    order: StartOrder,
    told: dict[str, Any],
    run_dir: Path,
    run: Callable[[list[str]], Awaitable[None]],
    refused: Callable[[], Awaitable[None]] | None = None,
) -> ProcessIdentity:
    """Run the launcher in a pane and return what it became.

    :param told: the whole order for the launcher.
    :param run: runs a command in the pane.
    :param refused: what is waited for besides when the launcher did not become the agent.
    :raises StartFailed: when it did not, or said nothing in time.
    """
    with PaneReport(run_dir / f"{order.name}.{order.nonce}.report") as report:
        file = run_dir / f"{order.name}.{order.nonce}.order"
        file.touch(mode=0o600)  # it holds secrets, and the launcher removes it at once
        file.write_text(json.dumps(told | {"report": os.fspath(report.path)}), encoding="utf-8")
        try:
            await run(self_spawn("launch", os.fspath(file)))
            answer = await report.read(_UP)
        except TimeoutError:
            orders.make_none_current(order.name, run_dir)
            raise StartFailed(f"cannot start {order.name}: its pane said nothing within {_UP:g} s") from None
        finally:
            file.unlink(missing_ok=True)
    if "word" in answer:
        if leaving := identify(answer["pid"]):  # its pane and its lock are free only when it is gone
            await gone(leaving, _OUT)
        if refused:
            await refused()
        who = await named(run_dir, order.name) if answer["word"] == "held" else ""
        raise orders.refusal(order.name, answer["word"], answer["reason"] + who)
    return ProcessIdentity(boot_id=boot_id(), pid=answer["pid"], ticks=answer["ticks"], nonce=order.nonce)
