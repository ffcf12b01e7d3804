"""Joins a command, or a call of a tool, to the rooms below for as long as it needs them."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..loop.picture import Picture
    from ..model.loaded import Loaded
    from ..model.plan import Change
    from ..model.status import SessionStatus
    from ..settings import Settings

T = TypeVar("T")


def looking(settings: "Settings", work: Callable[["Controller"], Awaitable[T]]) -> T:
    """Return what the work finds out with a controller that only looks: nothing is remembered, nothing is done."""
    return _joined(settings, work, write=False)


def acting(settings: "Settings", work: Callable[["Controller"], Awaitable[T]]) -> T:
    """Return what the work did as the one controller of this state.

    :raises Locked: when another one is live.
    """
    from ..record.lock import ControllerLock

    with ControllerLock(settings.state, settings.directories):
        return _joined(settings, work, write=True)


def _joined(settings: "Settings", work: Callable[["Controller"], Awaitable[T]], *, write: bool) -> T:
    import asyncio

    from .. import wiring

    found: list[T] = []

    async def scene() -> None:
        controller = wiring.connect(settings, write=write)
        try:
            found.append(await work(controller))
        finally:
            await controller.close()

    # Nothing is returned through it: at its end asyncio has the signal module describe the finished task, and what the
    # task returned with it; of a picture of a thousand sessions that takes half a second.
    asyncio.run(scene())
    return found[0]


_TRIES: Final = 5
"""A tree that git is still changing after so many settle times is planned as it is; the doubt is in the plan."""


async def settled(controller: "Controller") -> "Loaded":
    """Read the files until they have settled."""
    import asyncio

    for _ in range(_TRIES):
        found = await controller.read()
        if not controller.unsettled:
            break
        await asyncio.sleep(controller.settings.settle)
    return found


_SCAN_SECONDS: Final = 2.0
"""How old a scan for strangers may be, for a command that looks again and again."""


async def picture(controller: "Controller", *, rev: str | None = None, strangers: bool = False) -> "Picture":
    """Look at everything.

    The machine is scanned for strangers where a conversation would be opened again or left: what would hold that is
    shown.

    :param rev: the git revision whose files count in place of those that are checked out.
    :param strangers: scan in any case, for those who ask about one session.
    """
    await settled(controller)
    if rev is not None:
        controller.loaded = controller.source.at_revision(rev)
    found = await controller.look()
    if strangers or any(_touches(change) for change in found.plan.changes):
        records = controller.journal.records()
        await controller.sight.rescan(found.loaded, records, found.now, older=_SCAN_SECONDS)
        found = await controller.look()
    return found


def _touches(change: "Change") -> bool:
    """Tell whether a conversation that somebody may be at work on would be opened again or left."""
    from ..model.plan import Hold, Restart, Start, StartFresh

    doing = change.action.held if isinstance(change.action, Hold) else change.action
    if isinstance(doing, StartFresh):  # what seems to have nothing to go on with may be at work under a person's hands
        return True
    if not isinstance(doing, Start | Restart):
        return False
    # A conversation of generation 0 is none of ours: its file names it, and whoever began it may still be on it.
    return doing.launch.resumes or (doing.launch.generation == 0 and doing.launch.conversation is not None)


def statuses(found: "Picture") -> list["SessionStatus"]:
    """Return the state of every session of a picture, by name."""
    from ..plan.status import status_of

    cases, begun = found.cases, found.world.under_way
    return [
        status_of(cases[change.session], change, found.now, begun.get(change.session)) for change in found.plan.changes
    ]
