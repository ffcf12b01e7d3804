"""The one table of runtimes; each is imported when it is first needed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from ..model.session import RuntimeKind
from ..settings import Settings
from .base import Runtime
from .cgroup import delegated


def _process(settings: Settings) -> Runtime:
    from .process import ProcessRuntime  # asyncio and subprocess: not for commands that start nothing

    return ProcessRuntime(run_dir=settings.run_dir, log_dir=settings.log_dir, group=delegated(settings.cgroup))


def _tmux(settings: Settings) -> Runtime:
    from .tmux import TmuxRuntime  # the same

    return TmuxRuntime(run_dir=settings.run_dir, socket=settings.tmux_socket, group=delegated(settings.cgroup))


def _pane(settings: Settings) -> Runtime:
    from .pane import PaneRuntime  # the same

    return PaneRuntime(run_dir=settings.run_dir, group=delegated(settings.cgroup))


def _acp(settings: Settings) -> Runtime:
    from .acp.runtime import AcpRuntime  # the same

    return AcpRuntime(
        run_dir=settings.run_dir,
        log_dir=settings.log_dir,
        journal_dir=settings.journal_dir,
        socket=settings.keeper_socket,
        group=delegated(settings.cgroup),
    )


RUNTIMES: Final[dict[RuntimeKind, Callable[[Settings], Runtime]]] = {
    RuntimeKind.PROCESS: _process,
    RuntimeKind.TMUX: _tmux,
    RuntimeKind.ACP: _acp,
    RuntimeKind.PANE: _pane,
}
"""Runtime to how it is made for this machine; a kind that is not here is not there yet."""

WITH_TERMINAL: Final = frozenset({RuntimeKind.TMUX, RuntimeKind.PANE})
"""Where a person can be attached (design 3.4); the others need not be asked."""


class Runtimes(Mapping[RuntimeKind, Runtime]):
    """The runtimes of this machine, each made when it is first asked for: a look needs those that something runs in."""

    def __init__(self, settings: Settings) -> None:
        """Make none yet."""
        self._settings = settings
        self._made: dict[RuntimeKind, Runtime] = {}

    def __getitem__(self, kind: RuntimeKind) -> Runtime:
        if kind not in self._made:
            self._made[kind] = RUNTIMES[kind](self._settings)
        return self._made[kind]

    def __contains__(self, kind: object) -> bool:
        return kind in RUNTIMES

    def __iter__(self) -> Iterator[RuntimeKind]:
        return iter(RUNTIMES)

    def __len__(self) -> int:
        return len(RUNTIMES)

    def made(self, kind: RuntimeKind) -> Runtime | None:
        """Return a runtime that was made already: only one that started something saw how it ended."""
        return self._made.get(kind)

    async def close(self) -> None:
        """Let go of what those that were made hold; no session ends by it."""
        for runtime in self._made.values():
            await runtime.close()
