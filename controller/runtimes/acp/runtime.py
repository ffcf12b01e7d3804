"""The ``acp`` runtime: a keeper holds the agent, which speaks the Agent Client Protocol and has no terminal."""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ...errors import GuardHolds, MusterError
from ...model.observed import ProcessIdentity
from ...model.profile import Acp, StopStep, StopTarget
from ...model.session import RuntimeKind
from ...model.wish import ModelWish
from ...settings import self_spawn
from ...wire.statement import FailureKind
from ..base import (
    KILLED,
    NOBODY,
    Killed,
    NoChannel,
    ResumeRefused,
    SetOrder,
    StartFailed,
    StartOrder,
    StopOrder,
    StopReport,
)
from ..census import Census
from ..identity import alive
from ..ladder import Ladder
from ..offspring import Offspring
from . import door, orders
from .peer import Peer, RpcError

_LADDER: Final = (StopStep(signal="TERM", wait=30.0), StopStep(signal="KILL", to=StopTarget.GROUP, wait=2.0))
"""The keeper brings its agent down itself, by the profile's ``grace``; this is for a keeper that cannot."""
_LOOK: Final = 0.02
_BUSY: Final = -32051
_NO_METHOD: Final = -32601
_ELSE_SET: Final = -32052
_NOT_OFFERED: Final = -32602
_A_MINUTE: Final = 61.0
_ANSWER: Final = 30.0
"""Seconds for an agent to answer that its model is set; it takes milliseconds."""


class AcpRuntime:
    """Starts keepers and speaks with them."""

    kind = RuntimeKind.ACP

    def __init__(
        self,
        *,
        run_dir: Path,
        log_dir: Path,
        journal_dir: Path,
        socket: Callable[[str], Path],
        group: Path | None = None,
    ) -> None:
        """Keep where files go; ``group`` is a cgroup that is delegated to us."""
        self._places = orders.Places(run_dir=run_dir, journal_dir=journal_dir, socket=socket)
        ladder = Ladder(census=Census(), type_line=self.type)
        self._offspring = Offspring(self.kind, ladder, run_dir=run_dir, log_dir=log_dir, group=group)

    async def start(self, order: StartOrder) -> ProcessIdentity:
        spec = orders.write(order, self._places)
        # The keeper lives in the controller's environment: what a session's own says of Python is not meant for it.
        env = dict(os.environ) | {name: order.env[name] for name in orders.MARKERS if name in order.env}
        try:
            keeper = await self._offspring.start(replace(order, argv=tuple(self_spawn("keeper", str(spec))), env=env))
        except BaseException:
            spec.unlink(missing_ok=True)
            raise
        try:
            await self._ready(order, keeper)
        except BaseException:
            await self.stop(StopOrder(name=order.name, process=keeper, ladder=()))
            raise
        return keeper

    async def _ready(self, order: StartOrder, keeper: ProcessIdentity) -> None:
        """Wait until the conversation is open and its model set."""
        acp = order.headless.acp if order.headless else Acp()
        seconds = acp.opening + (_A_MINUTE if acp.other_minute else 0)
        try:
            async with asyncio.timeout(seconds):
                peer = await self._reach(order.name, keeper)
                try:
                    await peer.request("_muster/ready", {})
                finally:
                    await peer.close()
        except RpcError as error:
            raise _failed(error)(f"cannot start {order.name} on {order.asked_model}: {error.message}") from error
        except TimeoutError:
            raise StartFailed(f"cannot start {order.name}: it was not ready within {seconds:g} s") from None
        except ConnectionError:
            raise await self._died(order, keeper) from None

    async def _reach(self, name: str, keeper: ProcessIdentity) -> Peer:
        """Connect as soon as the keeper listens.

        :raises ConnectionError: when it has ended.
        """
        while True:
            try:
                return await door.connect(self._places.socket(name))
            except MusterError:
                if not alive(keeper):
                    raise ConnectionError from None
            await asyncio.sleep(_LOOK)

    async def _died(self, order: StartOrder, keeper: ProcessIdentity) -> StartFailed:
        said = await self.last_words(order.name, keeper)
        how = self.exit_of(keeper) or "its keeper ended"
        last = f": {said.splitlines()[-1]}" if said else ""
        kind = Killed if how == KILLED else StartFailed
        return kind(f"cannot start {order.name} on {order.asked_model}: {how}{last}")

    async def stop(self, order: StopOrder) -> StopReport:
        return await self._offspring.stop(replace(order, ladder=_LADDER))

    async def set_model(self, order: SetOrder) -> None:
        method = "_muster/wish" if order.later else "_muster/set_model"
        said = orders.wish(order.wish) | {"from_name": order.before, "interrupt": order.interrupts}
        await self._ask(order.name, order.process, method, said, order.wish)

    async def type(self, name: str, process: ProcessIdentity, line: str, *, into: str | None = None) -> None:
        await self._ask(name, process, "_muster/prompt", {"text": line, "by": "muster"})

    async def _ask(
        self, name: str, process: ProcessIdentity, method: str, params: dict[str, Any], wish: ModelWish | None = None
    ) -> None:
        """Ask the keeper of a session; its errors become ours."""
        if not alive(process):
            raise MusterError(f"cannot reach {name}: its process is gone")
        peer = await door.connect(self._places.socket(name))
        try:
            await peer.request(method, params, _ANSWER)
        except RpcError as error:
            raise _refusal(name, wish, error) from error
        except TimeoutError as error:
            # An agent that goes on with a cancelled turn, say: a restart ends that too.
            raise NoChannel(f"cannot reach {name}: its agent does not answer within {_ANSWER:g} s") from error
        except ConnectionError as error:
            raise MusterError(f"cannot reach {name}: its keeper has gone") from error
        finally:
            await peer.close()

    async def attached(self, processes: Mapping[str, ProcessIdentity] = NOBODY) -> Mapping[str, bool]:
        return {}  # its front ends see the same conversation before and after a switch

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


def _failed(error: RpcError) -> type[StartFailed]:
    """Return what kind of failure a keeper tells of that is not ready."""
    kind = error.data.get("kind") if isinstance(error.data, dict) else None
    if kind == FailureKind.REFUSED:
        return ResumeRefused
    return Killed if kind == FailureKind.DIED and error.message.endswith(KILLED) else StartFailed


def _refusal(name: str, wish: ModelWish | None, error: RpcError) -> MusterError:
    """Return our error for what a keeper answers."""
    about = f"cannot switch {name} to {wish.name}" if wish else f"cannot tell {name} anything"
    match error.code:
        case code if code == _BUSY:
            return GuardHolds(f"{about}: {error.message}")
        case code if code in {_NO_METHOD, _ELSE_SET}:
            return NoChannel(f"{about}: {error.message}")
        case code if code == _NOT_OFFERED:
            return MusterError(f"{about}: {error.message}", hint="`muster why` shows what it offers")
        case _:
            return MusterError(f"{about}: {error.message}")
