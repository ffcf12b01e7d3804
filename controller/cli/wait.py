"""``muster wait``: for pipelines; ends when a session is as it was asked for, or with the reason why not."""

import argparse
from typing import TYPE_CHECKING, Final

from ..errors import GuardHolds, MusterError, UsageError
from . import joining, places, reading
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..model.status import SessionStatus

_LOOK_SECONDS: Final = 0.1
FACTS: Final = ("applied", "verified", "idle", "stopped")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom, for what, and for how long."""
    parser.add_argument("name", metavar="NAME", help="the session")
    parser.add_argument("--for", dest="fact", choices=FACTS, default="applied", help="what to wait for (applied)")
    parser.add_argument("--timeout", default="5m", metavar="TIME", help="how long at most: 30s, 5m, 2h (5m)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Look again and again."""
    from ..model.scalars import parse_duration

    try:
        seconds = parse_duration(args.timeout)
    except ValueError as error:
        raise UsageError(f"cannot wait: {error}") from error

    async def until(controller: "Controller") -> None:
        await _until(controller, args.name, args.fact, seconds, console)

    joining.looking(places.settings(args), until)
    return 0


async def _until(controller: "Controller", name: str, fact: str, seconds: float, console: Console) -> None:
    import asyncio

    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        status = await _status(controller, name)
        if _is(status, fact):
            return
        _hopeless(status, fact)
        if loop.time() >= end:
            raise _late(status, fact, seconds)
        console.progress(f"{name}: {status.state}, {status.message}")
        await asyncio.sleep(_LOOK_SECONDS)


async def _status(controller: "Controller", name: str) -> "SessionStatus":
    """Look at one session as it is now, files and memory included."""
    controller.journal.refresh()
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
