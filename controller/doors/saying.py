"""Something said to a session: typed into its terminal when that is ready to take it, or told to its keeper."""

from typing import TYPE_CHECKING, Final

from ..errors import GuardHolds, MusterError

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..plan.case import Case

_HEARD_SECONDS: Final = 5.0
"""An agent writes down that it works some tenths of a second after it was spoken to, on a busy machine later."""
_LOOK_SECONDS: Final = 0.05
_NO_LINE: Final = "its profile does not say how an empty input line looks (input_line)"


async def say(controller: "Controller", case: "Case", text: str, *, force: bool = False) -> None:
    """Say something to a session that runs, and return when it is seen to work on it, so that nothing cuts the turn.

    A keeper takes it at once, and delivers it when its turn comes.

    :param force: also while a line would be taken for something else than a prompt.
    :raises GuardHolds: when it would be.
    :raises MusterError: when the session does not run, or takes no more than one line.
    """
    from ..model.observed import Presence
    from ..model.session import RuntimeKind
    from ..runtimes.table import WITH_TERMINAL

    process, runtime = case.record.process, case.record.runtime
    if process is None or runtime is None or case.observed.presence is not Presence.RUNNING:
        raise MusterError(f"cannot send to {case.name}: it does not run", hint=f"`muster status {case.name}` tells why")
    if runtime is not RuntimeKind.ACP and ("\n" in text or "\r" in text):
        raise MusterError("cannot send more than one line: each would be taken as an answer of its own")
    line = _input_line(case)
    if not force and (why := _not_now(case) or (_NO_LINE if line is None and runtime in WITH_TERMINAL else None)):
        raise GuardHolds(f"cannot send to {case.name}: {why}", hint="--force types it all the same")
    await controller.sight.runtimes[runtime].type(case.name, process, text, into=None if force else line)
    if runtime is not RuntimeKind.ACP and not force:
        await _heard(controller, case.name)


async def _heard(controller: "Controller", name: str) -> None:
    """Wait until its agent says that it works, or that it has; one that says nothing of it in time is let be."""
    import asyncio  # `send --help` loads this module too

    from ..loop.clock import present
    from ..model.observed import Activity

    began = present().boot
    while (now := present().boot) - began < _HEARD_SECONDS:
        seen = (await controller.look({name})).cases[name].observed
        if seen.activity is not Activity.IDLE or seen.idle_for < now - began:
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _input_line(case: "Case") -> str | None:
    from ..model.session import RuntimeKind

    profile, runtime = case.desired.profile if case.desired else None, case.record.runtime
    if profile is None or runtime is None:
        return None
    known = profile.runtimes.get(RuntimeKind.TMUX if runtime is RuntimeKind.PANE else runtime)
    return known.input_line if known else None


def _not_now(case: "Case") -> str | None:
    """Tell why a line would be taken for something else than a prompt.

    A plain process reads its lines one after the other, so a line for a busy one waits its turn, as with a keeper; in a
    terminal it would be keys for whatever is on the screen.
    """
    from ..model.observed import Activity
    from ..model.session import RuntimeKind

    if case.record.runtime is RuntimeKind.ACP:
        return None
    match case.observed.activity:
        case Activity.IDLE | Activity.NONE | Activity.BACKGROUND:
            return None
        case Activity.BUSY:
            return None if case.record.runtime is RuntimeKind.PROCESS else "it is busy"
        case Activity.WAITING:
            return "it waits for an answer to a question of its own"
        case Activity.UNKNOWN:
            return "what it is doing cannot be seen"
