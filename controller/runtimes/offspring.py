"""Programs without a terminal, started by the launcher: their input a FIFO, their output a file (design 3.4)."""

import os
from pathlib import Path
from typing import Any, Final

from ..model.observed import ProcessIdentity
from ..model.session import RuntimeKind
from . import cgroup, logs, orders
from .base import NoRoom, StartOrder, StopEnd, StopOrder, StopReport
from .holders import named
from .identity import alive, boot_id
from .ladder import Ladder
from .runfile import read_run_file
from .spawner import LauncherLost, Spawner

_ON_ITS_WAY: Final = 0.2
"""Seconds for the launcher's word of an end that was already seen; it takes less than one of its milliseconds."""
_REMEMBERED: Final = 4096
"""Ends of processes that are kept for whoever asks."""


class Offspring:
    """Starts and stops them, and knows how they ended; nothing of theirs hangs on the controller."""

    def __init__(self, kind: RuntimeKind, ladder: Ladder, *, run_dir: Path, log_dir: Path, group: Path | None) -> None:
        """Keep where files go; ``group`` is a cgroup that is delegated to us."""
        self._kind, self._ladder = kind, ladder
        self._run_dir, self._log_dir, self._group = run_dir, log_dir, group
        self._spawner = Spawner(self._exited)
        self._exits: dict[tuple[int, int], str] = {}
        self._began: dict[str, int] = {}
        """Nonce of a launch to where its output begins in the log."""

    async def start(self, order: StartOrder) -> ProcessIdentity:
        """Start, and return the process as the launcher registered it.

        :raises AlreadyRunning: when the run lock is held.
        :raises StartFailed: when it does not come up.
        """
        self._log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Small private files without a sync: a thread would cost more than they do.
        orders.make_current(order, self._run_dir)
        log = self._log_dir / f"{order.name}.log"
        self._began[order.nonce] = logs.size(log)
        if len(self._began) > _REMEMBERED:
            del self._began[next(iter(self._began))]
        told = orders.launch_order(order, self._kind, self._run_dir, log=log, group=self._group)
        try:
            answer = await self._spawner.launch(told)
        except LauncherLost:
            return self._registered(order)
        return await self._answered(order, answer)

    async def _answered(self, order: StartOrder, answer: dict[str, Any]) -> ProcessIdentity:
        if "word" in answer:
            who = await named(self._run_dir, order.name) if answer["word"] == "held" else ""
            raise orders.refusal(order.name, answer["word"], answer["reason"] + who)
        return ProcessIdentity(boot_id=boot_id(), pid=answer["pid"], ticks=answer["ticks"], nonce=order.nonce)

    def _registered(self, order: StartOrder) -> ProcessIdentity:
        """Look for the run file of a launch whose launcher died before it could answer."""
        file = read_run_file(self._run_dir, order.name)
        if file is not None and file.process.nonce == order.nonce and alive(file.process):
            return file.process
        orders.make_none_current(order.name, self._run_dir)
        raise NoRoom(f"cannot start {order.name}: the launcher died", hint="it is started again with the next try")

    def _exited(self, pid: int, ticks: int, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        self._exits[pid, ticks] = f"exit {code}" if code >= 0 else f"signal {-code}"
        if len(self._exits) > _REMEMBERED:
            del self._exits[next(iter(self._exits))]

    async def stop(self, order: StopOrder) -> StopReport:
        """Walk the ladder until the process and its members are proven gone; called off is what is on its way."""
        orders.make_none_current(order.name, self._run_dir)
        group = cgroup.place(self._group, order.name, order.process.nonce)
        report = await self._ladder.bring_down(order, group)
        if order.final and report.end is not StopEnd.ALIVE:
            (self._run_dir / f"{order.name}.in").unlink(missing_ok=True)
        return report

    def exit_of(self, process: ProcessIdentity) -> str | None:
        """Return how a process ended when this launcher saw it."""
        known = (process.pid, process.ticks)
        if self._spawner.will_tell(*known) and not alive(process):
            self._spawner.hear(lambda: known in self._exits, _ON_ITS_WAY)
        return self._exits.get(known)

    def last_words(self, name: str, process: ProcessIdentity) -> str:
        """Return the last lines of what it printed."""
        return logs.last_words(self._log_dir / f"{name}.log", self._began.get(process.nonce, 0))

    async def close(self) -> None:
        """Let the launcher go; no session ends by it."""
        await self._spawner.close()
