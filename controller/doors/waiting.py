"""Waits until a session is as it was asked for, or says why it is not."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..errors import GuardHolds, MusterError
from . import joining, reading

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..model.status import SessionStatus

_LOOK_SECONDS: Final = 0.1
FACTS: Final = ("applied", "verified", "idle", "stopped")


async def until(
    controller: "Controller", name: str, fact: str, seconds: float, show: Callable[[str], None] = lambda _: None
) -> "SessionStatus":
    """Look again and again, and return the session as it was asked for.

    :param fact: one of ``FACTS``.
    :param show: told what is the case while it is not that.
    :raises GuardHolds: when it is held for that long.
    :raises MusterError: when it is not so in time, cannot become so, or nobody knows the session.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        status = await _status(controller, name)
        if _is(status, fact):
            return status
        _hopeless(status, fact)
        if loop.time() >= end:
            raise _late(status, fact, seconds)
        show(f"{name}: {status.state}, {status.message}")
        await asyncio.sleep(_LOOK_SECONDS)


async def _status(controller: "Controller", name: str) -> "SessionStatus":
    """Look at one session as it is now, files and memory included."""
    picture = await joining.picture(controller)
    for status in joining.statuses(picture):
        if status.name == name:
            return status
    raise reading.unknown(name, picture.cases)


def _is(status: "SessionStatus", fact: str) -> bool:
    from ..model.observed import Activity
    from ..model.plan import Leave
    from ..model.status import SessionState as State

    match fact:
        case "verified":
            return status.state is State.VERIFIED
        case "idle":
            return status.pid is not None and status.activity in {Activity.IDLE, Activity.NONE}
        case "stopped":
            return status.pid is None and status.state is State.STOPPED
    settled = {State.VERIFIED, State.UNVERIFIED, State.STOPPED, State.DRIFTED}
    return status.state in settled and status.change is not None and isinstance(status.change.action, Leave)


def _hopeless(status: "SessionStatus", fact: str) -> None:
    """Raise where waiting cannot help.

    :raises MusterError: when the session is parked.
    """
    from ..model.status import SessionState

    if status.state is SessionState.PARKED and fact in {"applied", "verified"}:
        hint = f"`muster retry {status.name}` tries again"
        raise MusterError(f"cannot wait for {status.name} to be {fact}: {status.message}", hint=hint)


def _late(status: "SessionStatus", fact: str, seconds: float) -> MusterError:
    from ..model.status import SessionState

    so = f"after {seconds:g} s it is {status.state} ({status.message})"
    sentence = f"cannot wait longer for {status.name} to be {fact}: {so}"
    return GuardHolds(sentence) if status.state is SessionState.HELD else MusterError(sentence)
