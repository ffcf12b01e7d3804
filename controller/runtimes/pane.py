"""The ``pane`` runtime: what a person started in their own tmux and a file then took in, replaced where it is.

The pane is the person's. It is kept open only while a process is replaced in it, and a shell in it is typed to only
when it is in front. Nothing new begins here: a session whose pane is gone goes on in our own tmux.
"""

import asyncio
import shlex
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import MusterError
from ..model.observed import ProcessIdentity
from ..model.session import RuntimeKind
from . import cgroup, orders, their_panes
from .base import NOBODY, StartFailed, StartOrder, StopEnd, StopOrder, StopReport, WithoutProtocol
from .census import Census
from .identity import alive, gone
from .ladder import Ladder
from .lines import checked_line
from .logs import tail
from .pane_launch import launch
from .seats import Seat, Way, seat_of
from .tmux_input import type_into

_FREE: Final = 5.0
"""Seconds for a shell to come to the front, or for what wrapped the process to end."""
_PROVEN: Final = 10.0
"""Seconds that a process must live before its pane is left to itself; longer than any profile's settle time."""
_LOOK: Final = 0.05


class PaneRuntime(WithoutProtocol):
    """Replaces processes in panes of people's own tmux servers."""

    kind = RuntimeKind.PANE

    def __init__(self, *, run_dir: Path, group: Path | None = None) -> None:
        """Keep where files go; ``group`` is a cgroup that is delegated to us."""
        self._run_dir = run_dir
        self._group = group
        self._ladder = Ladder(census=Census(), type_line=self.type)
        self._seats: dict[str, Seat] = {}
        self._leaving: dict[asyncio.Task[None], Seat] = {}

    async def start(self, order: StartOrder) -> ProcessIdentity:
        seat = their_panes.kept(self._run_dir, order.name)
        if seat is None:
            raise StartFailed(f"cannot start {order.name}: its pane is not known any more")
        orders.make_current(order, self._run_dir)
        told = orders.launch_order(order, self.kind, self._run_dir, group=self._group)
        try:
            process = await launch(order, told, self._run_dir, lambda command: self._open(seat, order, command))
        except StartFailed:
            raise
        except MusterError as error:
            raise StartFailed(f"cannot start {order.name}: {error.message}", hint=error.hint) from error
        self._leave_later(seat, process)
        return process

    async def _open(self, seat: Seat, order: StartOrder, command: list[str]) -> None:
        match seat.way:
            case Way.RESPAWN:
                await _until(lambda: seat.root is None or not alive(seat.root), "something else runs in its pane")
                await asyncio.to_thread(their_panes.respawn, seat, order.cwd, command)
            case Way.TYPE:
                await _until(lambda: their_panes.shell_is_free(seat), "the shell in its pane is at work")
                await their_panes.type_command(seat, shlex.join(command))
            case Way.NEVER:
                raise MusterError("nothing can be started there")

    def _leave_later(self, seat: Seat, process: ProcessIdentity) -> None:
        """Leave the pane to itself when the process has proven itself; one that dies before is replaced there again."""
        task = asyncio.create_task(self._leave(seat, process))
        self._leaving[task] = seat
        task.add_done_callback(lambda done: self._leaving.pop(done, None))

    async def _leave(self, seat: Seat, process: ProcessIdentity) -> None:
        if not await gone(process, _PROVEN):
            await asyncio.to_thread(their_panes.let_be, seat)

    async def stop(self, order: StopOrder) -> StopReport:
        orders.make_none_current(order.name, self._run_dir)
        if not order.final and alive(order.process):
            await self._hold_open(order)
        group = cgroup.place(self._group, order.name, order.process.nonce)
        report = await self._ladder.bring_down(order, group)
        if order.final:
            self._seats.pop(order.name, None)
            their_panes.forget(self._run_dir, order.name)
        elif report.end is StopEnd.ALIVE and (seat := their_panes.kept(self._run_dir, order.name)):
            await asyncio.to_thread(their_panes.let_be, seat)
        return report

    async def _hold_open(self, order: StopOrder) -> None:
        """Make sure of the pane before the first signal: it is looked at anew, and what has changed is refused."""
        seat = await asyncio.to_thread(seat_of, order.process)
        if seat.way is Way.NEVER:
            raise MusterError(f"cannot stop {order.name}: it is in {seat.where} now, and its pane would be lost")
        if seat.way is Way.TYPE and not their_panes.runs_in_front(order.process):
            raise MusterError(f"cannot stop {order.name}: something else is in front of it in its pane")
        their_panes.keep(self._run_dir, order.name, seat)
        if seat.way is Way.RESPAWN:
            await asyncio.to_thread(their_panes.hold_open, seat)

    async def type(self, name: str, process: ProcessIdentity, line: str, *, into: str | None = None) -> None:
        text = checked_line(name, line)
        seat = await asyncio.to_thread(seat_of, process)
        if seat.way is Way.NEVER:
            raise MusterError(f"cannot type to {name}: its process is not in its pane")
        server = seat.server
        try:
            await type_into(server, seat.pane, name, process, text, into)
        finally:
            server.close()

    async def attached(self, processes: Mapping[str, ProcessIdentity] = NOBODY) -> Mapping[str, bool] | None:
        seats = [(name, await self._seat(name, process)) for name, process in processes.items()]
        return {name: await asyncio.to_thread(their_panes.watched, seat, time.time()) for name, seat in seats}

    async def _seat(self, name: str, process: ProcessIdentity) -> Seat:
        """Return where a session sits; asked again only where it was not known."""
        known = self._seats.get(name)
        if known is not None:
            return known
        seat = await asyncio.to_thread(seat_of, process)
        if seat.way is not Way.NEVER:
            self._seats[name] = seat
        return seat

    async def screens(self, processes: Mapping[str, ProcessIdentity]) -> Mapping[str, str]:
        shown = {}
        for name, process in processes.items():
            with suppress(MusterError):
                shown[name] = await asyncio.to_thread(their_panes.screen, await self._seat(name, process))
        return shown

    def attach_argv(self, name: str) -> tuple[str, ...] | None:
        seat = self._seats.get(name) or their_panes.kept(self._run_dir, name)
        if seat is None or seat.way is Way.NEVER:
            return None
        return ("env", "-u", "TMUX", *seat.server.command("attach-session", "-t", seat.pane))

    def exit_of(self, process: ProcessIdentity) -> str | None:
        return None

    async def last_words(self, name: str, process: ProcessIdentity) -> str:
        seat = their_panes.kept(self._run_dir, name)
        try:
            return tail(await asyncio.to_thread(their_panes.screen, seat)) if seat else ""
        except MusterError:
            return ""

    async def close(self) -> None:
        """Leave the panes that still wait for it to themselves at once."""
        for task, seat in list(self._leaving.items()):
            task.cancel()
            await asyncio.to_thread(their_panes.let_be, seat)


async def _until(ready: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + _FREE
    while not await asyncio.to_thread(ready):
        if time.monotonic() > end:
            raise MusterError(otherwise)
        await asyncio.sleep(_LOOK)
