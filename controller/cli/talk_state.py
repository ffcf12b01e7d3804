"""How one session stands, for whoever cannot speak with its keeper (yet)."""

import os
import socket
from typing import TYPE_CHECKING

from ..doors import joining, reading
from ..errors import MusterError
from . import asking

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..model.plan import Hold
    from ..model.status import SessionStatus
    from ..plan.case import Case
    from ..settings import Settings


def listens(settings: "Settings", name: str) -> bool:
    """Tell whether a keeper is there now; no look at the machine is needed for it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        return door.connect_ex(os.fspath(settings.keeper_socket(name))) == 0


def headless(case: "Case") -> bool:
    """Tell whether a keeper carries the session, or will."""
    from ..model.session import RuntimeKind

    desired = case.desired.runtime if case.desired else None
    return (case.record.runtime if case.lives else desired or case.record.runtime) is RuntimeKind.ACP


def status(settings: "Settings", name: str) -> "SessionStatus":
    """Look at one session, as its files and its process are now.

    :raises MusterError: when nobody knows it.
    """

    async def look(controller: "Controller") -> "SessionStatus":
        loaded = await joining.settled(controller)
        found = joining.statuses(await controller.look({name}))
        if not found:
            raise reading.unknown(name, loaded.sessions)
        return found[0]

    return joining.looking(settings, look)


def hopeless(settings: "Settings", name: str) -> MusterError | None:
    """Return why no keeper will be there soon, ``None`` while waiting for one makes sense."""
    from ..model.session import RuntimeKind

    live = asking.is_live(settings)  # before the look: who brings it up may be done in between
    seen = status(settings, name)
    if seen.runtime is not RuntimeKind.ACP:
        return MusterError(
            f"cannot talk to {name}: its runtime is {seen.runtime}, not acp", hint=f"`muster attach {name}`"
        )
    if seen.pid is not None:
        return None  # it is on its way, or on its way out: the next look tells
    if (hold := held_for_good(seen)) or not _comes(seen):
        return _down(name, hold.sentence if hold else seen.message)
    return None if live else _down(name, "it is down, and no controller runs here to start it")


def closed(settings: "Settings", name: str) -> MusterError:
    """Return why no keeper is there now."""
    if why := hopeless(settings, name):
        return why
    hint = f"`muster wait {name} --for idle`, then try again"
    return MusterError(f"cannot talk to {name}: it is being started", hint=hint)


def held_for_good(seen: "SessionStatus") -> "Hold | None":
    """Return what holds the session back, if it is something that does not pass by itself."""
    from ..model.plan import WAITING_GUARDS, Guard, Hold

    action = seen.change.action if seen.change else None
    passing = WAITING_GUARDS | {Guard.BACK_OFF, Guard.RUNNING_LIMIT, Guard.STARTS_LIMIT, Guard.ROLLOUT}
    return action if isinstance(action, Hold) and action.guard not in passing else None


def _comes(seen: "SessionStatus") -> bool:
    """Tell whether something is to be done that starts it."""
    from ..model.plan import Hold, Restart, Start, StartFresh

    action = seen.change.action if seen.change else None
    doing = action.held if isinstance(action, Hold) else action
    return isinstance(doing, Start | Restart | StartFresh)


def _down(name: str, why: str) -> MusterError:
    return MusterError(f"cannot talk to {name}: it does not run: {why}", hint=f"`muster why {name}` tells more")
