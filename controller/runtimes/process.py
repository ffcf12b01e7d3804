"""The ``process`` runtime: a plain command with a FIFO for its input and a file for its output (design 3.4)."""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..errors import MusterError
from ..model.observed import ProcessIdentity
from ..model.session import RuntimeKind
from . import cgroup, logs, orders
from .base import NOBODY, StartFailed, StartOrder, StopEnd, StopOrder, StopReport, WithoutProtocol
from .census import Census
from .identity import alive, boot_id
from .ladder import Ladder
from .lines import checked_line
from .runfile import read_run_file
from .spawner import LauncherLost, Spawner

_TAKEN: Final = 2.0
"""Seconds in which an agent must make room for a typed line; the FIFO itself holds 64 KiB."""
_ON_ITS_WAY: Final = 0.2
"""Seconds for the launcher's word of an end that was already seen; it takes less than one of its milliseconds."""
_REMEMBERED: Final = 4096
"""Ends of processes that are kept for whoever asks."""


class ProcessRuntime(WithoutProtocol):
    """Starts sessions by the launcher and lets nothing of theirs hang on the controller."""

    kind = RuntimeKind.PROCESS

    def __init__(self, *, run_dir: Path, log_dir: Path, group: Path | None = None) -> None:
        """Keep where files go; ``group`` is a cgroup that is delegated to us."""
        self._run_dir = run_dir
        self._log_dir = log_dir
        self._group = group
        self._spawner = Spawner(self._exited)
        self._ladder = Ladder(census=Census(), type_line=self.type)
        self._started: dict[int, int] = {}
        """Pid to start ticks of what this runtime's launcher started."""
        self._exits: dict[tuple[int, int], str] = {}
        self._began: dict[str, int] = {}
        """Nonce of a launch to where its output begins in the log."""

    async def start(self, order: StartOrder) -> ProcessIdentity:
        self._log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Small private files without a sync: a thread would cost more than they do.
        orders.make_current(order, self._run_dir)
        log = self._log_dir / f"{order.name}.log"
        self._began[order.nonce] = logs.size(log)
        if len(self._began) > _REMEMBERED:
            del self._began[next(iter(self._began))]
        told = orders.launch_order(order, self.kind, self._run_dir, log=log, group=self._group)
        try:
            answer = await self._spawner.launch(told)
        except LauncherLost:
            return self._registered(order)
        return self._answered(order, answer)

    def _answered(self, order: StartOrder, answer: dict[str, Any]) -> ProcessIdentity:
        if "word" in answer:
            raise orders.refusal(order.name, answer["word"], answer["reason"])
        pid, ticks = answer["pid"], answer["ticks"]
        self._started[pid] = ticks
        return ProcessIdentity(boot_id=boot_id(), pid=pid, ticks=ticks, nonce=order.nonce)

    def _registered(self, order: StartOrder) -> ProcessIdentity:
        """Look for the run file of a launch whose launcher died before it could answer."""
        file = read_run_file(self._run_dir, order.name)
        if file is not None and file.process.nonce == order.nonce and alive(file.process):
            return file.process
        orders.make_none_current(order.name, self._run_dir)
        raise StartFailed(f"cannot start {order.name}: the launcher died", hint="it is started again with the next try")

    def _exited(self, pid: int, status: int) -> None:
        ticks = self._started.pop(pid, None)
        if ticks is None:
            return
        code = os.waitstatus_to_exitcode(status)
        self._exits[pid, ticks] = f"exit {code}" if code >= 0 else f"signal {-code}"
        if len(self._exits) > _REMEMBERED:
            del self._exits[next(iter(self._exits))]

    async def stop(self, order: StopOrder) -> StopReport:
        orders.make_none_current(order.name, self._run_dir)
        group = cgroup.place(self._group, order.name, order.process.nonce)
        report = await self._ladder.bring_down(order, group)
        if order.final and report.end is not StopEnd.ALIVE:
            (self._run_dir / f"{order.name}.in").unlink(missing_ok=True)
        return report

    async def type(self, name: str, process: ProcessIdentity, line: str, *, into: str | None = None) -> None:
        text = checked_line(name, line).encode() + b"\n"
        if not alive(process):
            raise MusterError(f"cannot type to {name}: its process is gone")
        try:
            fifo = os.open(self._run_dir / f"{name}.in", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:  # ENXIO: nobody has it open
            raise MusterError(f"cannot type to {name}: nothing reads its input: {error.strerror}") from error
        try:
            await _write(name, fifo, text)
        finally:
            os.close(fifo)

    async def attached(self, processes: Mapping[str, ProcessIdentity] = NOBODY) -> Mapping[str, bool]:
        return {}

    async def screens(self, processes: Mapping[str, ProcessIdentity]) -> Mapping[str, str]:
        return {}

    def attach_argv(self, name: str) -> None:
        return None

    def exit_of(self, process: ProcessIdentity) -> str | None:
        known = (process.pid, process.ticks)
        if self._started.get(process.pid) == process.ticks and not alive(process):
            self._spawner.hear(lambda: known in self._exits, _ON_ITS_WAY)
        return self._exits.get(known)

    async def last_words(self, name: str, process: ProcessIdentity) -> str:
        return logs.last_words(self._log_dir / f"{name}.log", self._began.get(process.nonce, 0))

    async def close(self) -> None:
        await self._spawner.close()


async def _write(name: str, fifo: int, text: bytes) -> None:
    """Write all of it; short lines go as a whole, long ones as the agent makes room."""
    deadline = time.monotonic() + _TAKEN
    while text:
        try:
            text = text[os.write(fifo, text) :]
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise MusterError(f"cannot type to {name}: it does not read its input") from None
            await asyncio.sleep(0.01)
