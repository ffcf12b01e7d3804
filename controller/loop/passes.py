"""One pass, and a whole command's worth of passes: until nothing moves any more."""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Final

from ..model.outcome import End, Outcome
from ..model.plan import Guard, Hold
from ..plan import order
from . import tidings
from .controller import Controller
from .picture import Picture

_MOVING: Final = frozenset({Guard.ROLLOUT, Guard.STARTS_LIMIT, Guard.BACK_OFF, Guard.SETTLING})
"""Guards that a command which applies waits out: they end by themselves, soon, and without anybody's doing."""

_FEW: Final = 10
"""Less than this part of all sessions is looked at before all are."""

_PATIENCE_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.1


async def one(controller: Controller, names: frozenset[str] | None) -> Picture:
    """Look, plan and begin what is to be done; the doing goes on behind it."""
    if names is None:
        await controller.read()
    return await looked(controller, names)


async def read(controller: Controller) -> frozenset[str] | None:
    """Read the files; return the sessions that changed when those alone are worth a look now, ``None`` for all.

    A look at all delays what is to be done with one: of a thousand it takes as long as stopping and starting that one.
    """
    before = controller.loaded
    changed = tidings.changed(before, await controller.read())
    return changed if changed and before and len(changed) <= len(before.sessions) // _FEW else None


async def looked(controller: Controller, names: frozenset[str] | None) -> Picture:
    """Plan and begin what is to be done, by what was read."""
    picture = await controller.look(names)
    controller.note_waiting(picture.plan.changes)
    if controller.dispatch is not None:
        controller.dispatch.begin(order.in_order(picture.plan.changes, picture.world))
    return picture


async def until_still(controller: Controller) -> tuple[Picture, tuple[Outcome, ...]]:
    """Pass after pass until a pass begins nothing and nothing waits that would end by itself.

    Files that were seen in mid-change are read again after their settle time, so that a command acts on a whole tree.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + _PATIENCE_SECONDS
    while True:
        picture = await one(controller, None)
        moved = bool(controller.dispatch and controller.dispatch.names)
        if controller.dispatch:
            await controller.dispatch.drain()
        if any(outcome.end is End.UNABLE for outcome in controller.outcomes):  # nobody waits for the machine here
            return picture, tuple(controller.outcomes)
        if not moved and not would_move(picture, frozenset(picture.cases)) and not controller.unsettled:
            return picture, tuple(controller.outcomes)
        if not moved and loop.time() > end:
            return picture, tuple(controller.outcomes)
        if not moved:
            await asyncio.sleep(controller.settings.settle if controller.unsettled else _PAUSE_SECONDS)


async def let_go(controller: Controller, names: Collection[str]) -> None:
    """Let the last good word of files that are gone count no more, where a person stops their sessions by name."""
    found = await controller.read()
    for name in names:
        declared = found.sessions.get(name)
        if declared and not await asyncio.to_thread(Path(declared.file).exists):
            controller.source.forget(declared.file)


def would_move(picture: Picture, about: frozenset[str]) -> bool:
    """Tell whether something of some sessions is held that will be done soon, without anybody's doing."""
    moving = _MOVING - {Guard.ROLLOUT} if picture.world.rollout.halted else _MOVING
    changes = (change.action for change in picture.plan.changes if change.session in about)
    return any(isinstance(action, Hold) and action.guard in moving for action in changes)
