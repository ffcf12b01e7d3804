"""Bring a process and its members down, rung by rung, until they are proven gone (design 3.2, step 4)."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from ..errors import MusterError
from ..model.observed import ProcessIdentity
from ..model.profile import StopStep, StopTarget
from . import cgroup
from .base import StopEnd, StopOrder, StopReport
from .census import Census, descendants, innermost, members, orphans
from .identity import alive, gone, send

_SWEEP: Final = ((signal.SIGTERM, 1.0), (signal.SIGKILL, 2.0))
"""For members that outlive their leader: a second to end by themselves (an agent's background shell needs up to 1.5 s
together with it, facts/claude-code.md section 3), then two for the kernel to take them away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Stops processes.

    :ivar type_line: types a line into the session, for rungs that do.
    """

    census: Census
    type_line: Callable[[str, ProcessIdentity, str], Awaitable[None]]

    async def bring_down(self, order: StopOrder, group: Path | None) -> StopReport:
        """Walk the ladder; ``group`` is the launch's own cgroup, where there is one."""
        began = time.monotonic()
        leader = order.process
        if not alive(leader):
            left = await self._sweep(set(orphans(leader, await self.census.look())), group)
            return _report(StopEnd.WAS_GONE, left, began)
        # Before the first signal: whoever loses its parent to it can no longer be told from a stranger.
        known = set(members(leader, await self.census.look()))
        for step in order.ladder:
            await self._step(step, order, known)
            if await gone(leader, step.wait):
                return _report(StopEnd.GONE, await self._sweep(known, group), began)
        return _report(StopEnd.ALIVE, (leader, *filter(alive, known)), began)

    async def _step(self, step: StopStep, order: StopOrder, known: set[ProcessIdentity]) -> None:
        """Type the line and send the signal of one rung."""
        if step.type is not None:
            with suppress(MusterError):  # where it cannot be typed to, the next rung does not ask
                await self.type_line(order.name, order.process, step.type)
        if step.signal is not None:
            number = signal.Signals[f"SIG{step.signal}"]
            for target in await self._targets(step.to, order.process, known):
                send(target, number)

    async def _targets(
        self, to: StopTarget, leader: ProcessIdentity, known: set[ProcessIdentity]
    ) -> Iterable[ProcessIdentity]:
        match to:
            case StopTarget.LEADER:
                return (leader,)
            case StopTarget.INNERMOST:
                return (innermost(leader, await self.census.look()),)
            case StopTarget.GROUP:
                known.update(members(leader, await self.census.look()))
                return (leader, *known)  # the leader first: it would start its workers again
            case _:
                assert_never(to)

    async def _sweep(self, known: set[ProcessIdentity], group: Path | None) -> tuple[ProcessIdentity, ...]:
        """End the members that outlived their leader, and return those that outlive this too."""
        for number, within in _SWEEP:
            if not (left := set(filter(alive, known))):
                break
            known |= set(descendants(left, await self.census.look()))
            for member in filter(alive, known):
                send(member, number)
            await _all_gone(known, within)
        if group is not None:
            await _empty(group)
        return tuple(filter(alive, known))


async def _all_gone(processes: Iterable[ProcessIdentity], within: float) -> None:
    await asyncio.gather(*(gone(process, within) for process in processes))


async def _empty(group: Path) -> None:
    """End everything in the launch's own cgroup and take the cgroup away."""
    if cgroup.pids(group):
        cgroup.kill(group)
        deadline = time.monotonic() + _SWEEP[-1][1]
        while cgroup.pids(group) and time.monotonic() < deadline:  # noqa: ASYNC110 - the kernel's own file, no event of ours
            await asyncio.sleep(0.005)
    cgroup.remove(group)


def _report(end: StopEnd, left: tuple[ProcessIdentity, ...], began: float) -> StopReport:
    return StopReport(end=StopEnd.ALIVE if left else end, left=left, seconds=time.monotonic() - began)
