"""The ``process`` runtime: a plain command with a FIFO for its input and a file for its output (design 3.4)."""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..errors import MusterError
from ..model.observed import ProcessIdentity
from ..model.session import RuntimeKind
from .base import NOBODY, StartOrder, StopOrder, StopReport, WithoutProtocol
from .census import Census
from .identity import alive
from .ladder import Ladder
from .lines import checked_line
from .offspring import Offspring

_TAKEN: Final = 2.0
"""Seconds in which an agent must make room for a typed line; the FIFO itself holds 64 KiB."""


class ProcessRuntime(WithoutProtocol):
    """Starts sessions by the launcher and types into their FIFOs."""

    kind = RuntimeKind.PROCESS

    def __init__(self, *, run_dir: Path, log_dir: Path, group: Path | None = None) -> None:
        """Keep where files go; ``group`` is a cgroup that is delegated to us."""
        self._run_dir = run_dir
        ladder = Ladder(census=Census(), type_line=self.type)
        self._offspring = Offspring(self.kind, ladder, run_dir=run_dir, log_dir=log_dir, group=group)

    async def start(self, order: StartOrder) -> ProcessIdentity:
        return await self._offspring.start(order)

    async def stop(self, order: StopOrder) -> StopReport:
        return await self._offspring.stop(order)

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
        return self._offspring.exit_of(process)

    async def last_words(self, name: str, process: ProcessIdentity) -> str:
        return self._offspring.last_words(name, process)

    async def close(self) -> None:
        await self._offspring.close()


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
