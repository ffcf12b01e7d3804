"""The ``tmux`` runtime: a terminal that a person can attach to, on a server of our own (design 3.4)."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import MusterError
from ..model.observed import ProcessIdentity
from ..model.session import RuntimeKind
from . import cgroup, orders, tmux_panes
from .base import NOBODY, AlreadyRunning, StartFailed, StartOrder, StopEnd, StopOrder, StopReport, WithoutProtocol
from .census import Census
from .identity import alive
from .ladder import Ladder
from .lines import checked_line
from .logs import tail
from .pane_launch import launch
from .proc import stat_of
from .tmux_input import type_into
from .tmux_panes import WATCHING, Pane
from .tmux_server import NoServer, TmuxServer

_AT_ONCE: Final = 8
"""Starts at once; each is a Python start in its pane, and more of them only slow each other down."""
_READ: Final = 1.0
"""Seconds that tmux may take to read the last words of a process that is gone."""
_TOMBSTONE: Final = "Pane is dead"


class TmuxRuntime(WithoutProtocol):
    """Starts each session in a pane of its own tmux session."""

    kind = RuntimeKind.TMUX

    def __init__(self, *, run_dir: Path, socket: Path, group: Path | None = None, patience: float = 5.0) -> None:
        """Keep where files go and our server's socket; ``group`` is a cgroup that is delegated to us.

        ``patience`` is the seconds for one answer of tmux; with 1,000 panes it takes 13 ms (facts/performance.md 6).
        """
        self._run_dir = run_dir
        self._group = group
        self._server = TmuxServer(socket, patience)
        self._ladder = Ladder(census=Census(), type_line=self.type)
        self._starts = asyncio.Semaphore(_AT_ONCE)
        self._ends: dict[str, str] = {}
        """Nonce of a launch to how its process ended."""

    async def start(self, order: StartOrder) -> ProcessIdentity:
        try:
            async with self._starts:
                self._server.claim()
                return await self._start(order)
        except StartFailed:
            raise
        except MusterError as error:
            raise StartFailed(f"cannot start {order.name}: {error.message}", hint=error.hint) from error

    async def _start(self, order: StartOrder) -> ProcessIdentity:
        pane = await tmux_panes.find(self._server, order.name)
        if pane is not None and not pane.over:
            raise AlreadyRunning(f"cannot start {order.name}: its pane is in use by process {pane.pid}")
        orders.make_current(order, self._run_dir)
        told = orders.launch_order(order, self.kind, self._run_dir, group=self._group)
        return await launch(
            order,
            told,
            self._run_dir,
            lambda command: self._open(pane, order, command),
            lambda: self._tell_the_end(order.name),
        )

    async def _open(self, pane: Pane | None, order: StartOrder, command: list[str]) -> None:
        if pane is None:
            await tmux_panes.open_first(self._server, order.name, order.nonce, order.cwd, command)
        else:
            await tmux_panes.open_again(self._server, pane, order.nonce, order.cwd, command)

    async def _tell_the_end(self, name: str) -> None:
        """Who attaches to a session that did not start sees that it ended, not only why."""
        with suppress(MusterError):
            await self._dead_pane(name)

    async def stop(self, order: StopOrder) -> StopReport:
        orders.make_none_current(order.name, self._run_dir)
        group = cgroup.place(self._group, order.name, order.process.nonce)
        report = await self._ladder.bring_down(order, group)
        if order.final and report.end is not StopEnd.ALIVE:
            await self._clear(order.name, order.process)
        return report

    async def _clear(self, name: str, process: ProcessIdentity) -> None:
        """Take a stopped session's pane away; one that cannot be taken now is only in nobody's way."""
        try:
            pane = await tmux_panes.find(self._server, name)
            if pane is not None and pane.over:
                self.exit_of(process)  # known from here on, though its pane goes
                await tmux_panes.take_away(self._server, pane)
        except MusterError:
            return

    async def type(self, name: str, process: ProcessIdentity, line: str, *, into: str | None = None) -> None:
        text = checked_line(name, line)
        pane = await tmux_panes.find(self._server, name)
        if pane is None or not alive(process) or pane.pid not in _ancestry(process.pid):
            raise MusterError(f"cannot type to {name}: its process is not in its pane")
        await type_into(self._server, pane.id, name, process, text, into)

    async def attached(self, processes: Mapping[str, ProcessIdentity] = NOBODY) -> Mapping[str, bool] | None:
        try:
            listed = await self._server.ask("list-clients", "-F", "#{client_activity} #{client_session}")
        except NoServer:
            return {}
        except MusterError:
            # Without a socket there is no server either, whether or not there is a tmux to ask with.
            return None if self._server.socket.exists() else {}
        return _watched(listed, time.time())

    async def screens(self, processes: Mapping[str, ProcessIdentity]) -> Mapping[str, str]:
        names = {process.nonce: name for name, process in processes.items() if alive(process)}
        try:
            shown = await tmux_panes.screens(self._server, names.keys()) if names else {}
        except MusterError:
            return {}
        return {names[nonce]: screen for nonce, screen in shown.items()}

    def attach_argv(self, name: str) -> tuple[str, ...]:
        # Without TMUX it also works from inside a person's own tmux.
        client = self._server.command("attach-session", "-t", tmux_panes.target(name))
        return ("env", "-u", "TMUX", *client)

    def exit_of(self, process: ProcessIdentity) -> str | None:
        try:
            if process.nonce not in self._ends and not alive(process):
                self._ends = tmux_panes.ends(self._server, process.nonce)
        except MusterError:
            return None
        return self._ends.get(process.nonce)

    async def last_words(self, name: str, process: ProcessIdentity) -> str:
        try:
            pane = await self._dead_pane(name)
            if pane is None or pane.nonce != process.nonce:
                return ""
            screen = await tmux_panes.printed(self._server, pane)
        except MusterError:
            return ""
        return tail("\n".join(line for line in screen.splitlines() if not line.startswith(_TOMBSTONE)))

    async def _dead_pane(self, name: str) -> Pane | None:
        """Return the session's pane once tmux has read all that its process printed, and has written how it ended.

        It calls a pane dead at the end of its output; the tombstone comes only with the status, which 3.3a may miss.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + _READ
        while (pane := await tmux_panes.find(self._server, name)) and not pane.told and loop.time() < end:
            await self._server.ask("run-shell", "true")  # 3.3a misses ends until another child ends (see ends())
        return pane

    async def close(self) -> None:
        self._server.close()


def _watched(listed: str, now: float) -> dict[str, bool]:
    """Read who is watched; of several clients the most recent key counts."""
    found: dict[str, bool] = {}
    for line in listed.splitlines():
        activity, _, session = line.partition(" ")
        name = tmux_panes.session_name(session)
        found[name] = found.get(name, False) or now - float(activity) < WATCHING
    return found


def _ancestry(pid: int) -> set[int]:
    """Return a process and all it stems from."""
    line: set[int] = set()
    while pid and pid not in line:
        line.add(pid)
        stat = stat_of(pid)
        pid = stat.parent if stat is not None else 0
    return line
