"""What is done to a person's pane, by short-lived clients of their tmux. What is no coroutine blocks for milliseconds.

Where a session's next process goes is kept in a file beside its run file, so that a controller that comes after a kill
finds the pane.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import MusterError
from ..model.observed import ProcessIdentity
from . import tmux_panes, trust
from .identity import alive
from .launch import replace
from .proc import in_front
from .seats import Seat, Way
from .tmux_panes import WATCHING
from .tmux_server import literal

_KEPT: Final = "pane"
_OPEN: Final = "remain-on-exit"
_BEFORE: Final = "@muster-before"
"""The pane's own option in which stands what its person had set; "inherit" when that was nothing."""

_MOST: Final = 1 << 16
"""Bytes of what was written down; it has some hundred."""


def keep(run_dir: Path, name: str, seat: Seat) -> None:
    """Write down where a session's next process goes."""
    root = seat.root.model_dump() if seat.root else None
    said = {"way": seat.way, "where": seat.where, "socket": seat.socket, "pane": seat.pane, "root": root}
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace(f"{run_dir}/{name}.{_KEPT}", json.dumps(said))


def kept(run_dir: Path, name: str) -> Seat | None:
    """Return what was written down, ``None`` when there is nothing that can be read."""
    try:
        said = json.loads(trust.read(run_dir / f"{name}.{_KEPT}", _MOST))
        root = ProcessIdentity.model_validate(said["root"]) if said["root"] else None
        return Seat(way=Way(said["way"]), where=said["where"], socket=said["socket"], pane=said["pane"], root=root)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(run_dir: Path, name: str) -> None:
    """Remove it."""
    (run_dir / f"{name}.{_KEPT}").unlink(missing_ok=True)


def hold_open(seat: Seat) -> None:
    """Keep the pane when its process ends, and remember what its person had said about that.

    :raises MusterError: when its tmux does not do it.
    """
    option = ("show-options", "-p", "-v", "-q", "-t", seat.pane)
    if seat.server.ask_now(*option, _BEFORE).strip():
        return  # a switch before this one did not come to its end
    before = seat.server.ask_now(*option, _OPEN).strip() or "inherit"
    note = ("set-option", "-p", "-t", seat.pane, _BEFORE, before)
    seat.server.ask_now(*note, ";", "set-option", "-p", "-t", seat.pane, _OPEN, "on")


def let_be(seat: Seat) -> None:
    """Put back what the pane's person had said; a pane that is gone needs nothing."""
    with suppress(MusterError):
        before = seat.server.ask_now("show-options", "-p", "-v", "-q", "-t", seat.pane, _BEFORE).strip()
        if not before:
            return
        own = ("-u", "-t", seat.pane, _OPEN) if before == "inherit" else ("-t", seat.pane, _OPEN, before)
        seat.server.ask_now("set-option", "-p", *own, ";", "set-option", "-p", "-u", "-t", seat.pane, _BEFORE)


def respawn(seat: Seat, cwd: str, command: list[str]) -> None:
    """Start a command in a pane whose process is proven gone.

    ``-k`` signals nobody: it closes the old terminal when something left behind still holds it open.

    :raises MusterError: when the pane is gone too.
    """
    seat.server.ask_now("respawn-pane", "-k", "-t", seat.pane, "-c", literal(cwd), *command)


def shell_is_free(seat: Seat) -> bool:
    """Tell whether the pane's shell waits for a command: it lives, and the terminal's keys go to it."""
    return seat.root is not None and alive(seat.root) and in_front(seat.root.pid)


def runs_in_front(process: ProcessIdentity) -> bool:
    """Tell whether the terminal's keys go to a process."""
    return alive(process) and in_front(process.pid)


async def type_command(seat: Seat, command: str) -> None:
    """Have the pane's shell run a command; what was typed there before is cleared away.

    :raises MusterError: when the pane is gone.
    """
    server = seat.server
    try:
        if (await server.ask("display-message", "-p", "-t", seat.pane, "#{pane_in_mode}")).strip() == "1":
            await server.ask("send-keys", "-t", seat.pane, "-X", "cancel")
        await server.ask("send-keys", "-t", seat.pane, "C-u")
        # Shells that are told so keep a line with a blank before it out of their history.
        await tmux_panes.press(server, seat.pane, f" {command}")
    finally:
        server.close()


def watched(seat: Seat, now: float) -> bool:
    """Tell whether a person used a terminal on the pane's session lately; where that cannot be seen, they may have."""
    if seat.way is Way.NEVER:
        return False
    try:
        session = seat.server.ask_now("display-message", "-p", "-t", seat.pane, "#{session_id}").strip()
        clients = seat.server.ask_now("list-clients", "-t", session, "-F", "#{client_activity}").split()
    except MusterError:
        return True
    return any(now - float(activity) < WATCHING for activity in clients)


def screen(seat: Seat) -> str:
    """Return what stands on the pane.

    :raises MusterError: when its tmux does not say.
    """
    return seat.server.ask_now("capture-pane", "-p", "-t", seat.pane)
