"""One function an action. Each looks again, writes its intent, acts, proves, and records what is true."""

from collections.abc import Awaitable
from typing import assert_never

from ..errors import GuardHolds, MusterError
from ..model.event import EventType
from ..model.outcome import End, Outcome
from ..model.plan import Change, Guard, Hold, Launch, Leave, Restart, Start, StartFresh, Stop, SwitchInPlace
from ..model.record import Operation
from . import after, preflight
from .in_place import switch_in_place
from .ports import Ports
from .restart import restart, way_out
from .step import Step


async def carry_out(change: Change, ports: Ports) -> Outcome:
    """Do one change, unless a guard speaks on fresh facts.

    :raises MusterError: when the state cannot be written: before the first signal, then nothing was touched; after it,
        the intent stays open and the next controller finishes what it finds.
    """
    if isinstance(change.action, Hold | Leave):
        return Outcome(change=change, end=End.HELD, sentence=change.detail)
    if hold := await ports.eyes.recheck(change):
        return Outcome(change=change, end=End.HELD, sentence=hold.sentence, guard=hold.guard)
    step = Step(change=change, record=ports.journal.record(change.session), ports=ports, began=ports.clock().boot)
    try:
        failure = await _dispatch(step)
    except GuardHolds as held:  # a turn began between the look and the word
        return Outcome(change=change, end=End.HELD, sentence=held.message, guard=Guard.BUSY)
    end = End.DONE if failure is None else End.FAILED
    return Outcome(change=change, end=end, sentence=failure or change.detail, seconds=step.seconds)


def _dispatch(step: Step) -> Awaitable[str | None]:
    match step.change.action:
        case Start() as action:
            return _start(step, action)
        case Restart() as action:
            return restart(step, action)
        case StartFresh(launch=launch):
            return _fresh(step, launch)
        case Stop():
            return _stop(step)
        case SwitchInPlace() as action:
            return switch_in_place(step, action)
        case Leave() | Hold():
            raise AssertionError("a leave or a hold is never carried out")
        case never:
            assert_never(never)


async def _start(step: Step, action: Start) -> str | None:
    launch = action.launch
    nonce = await step.intend_launch(Operation.START, launch)
    up = await step.bring_up(launch, nonce)
    if isinstance(up, MusterError):
        return await way_out(step, Restart(launch, None, action.fresh), up)
    kind = EventType.SESSION_RESUMED if launch.resumes else EventType.SESSION_STARTED
    told = step.event(kind, model=launch.model, reason=step.change.reason, pid=up.process.pid if up.process else None)
    # Parked on the model that worked, it stays so: being up again is no reason to try the other one.
    kept = up.model_copy(update={"parked": step.record.parked, "parked_for": step.record.parked_for})
    await step.end(kept, told, *step.moved(launch, "start", kept=after.keeps(step.record, launch)))
    return None


async def _fresh(step: Step, launch: Launch) -> str | None:
    if why := preflight.trouble(step, launch):
        return await step.did_not_switch(why, after.key_of(launch))
    nonce = await step.intend_launch(Operation.FRESH, launch)
    if failure := await step.bring_down(launch):
        return failure
    up = await step.bring_up(launch, nonce)
    if isinstance(up, MusterError):
        return await step.did_not_start(launch, up)
    told = after.left_behind(step.record, step.ports.clock(), reason=step.change.reason)
    await step.end(up, told, *step.moved(launch, "fresh", kept=False))
    return None


async def _stop(step: Step) -> str | None:
    await step.intend(Operation.STOP, after.down(step.record), nonce="")
    if failure := await step.bring_down():
        return failure
    await step.end(after.down(step.record), step.event(EventType.SESSION_STOPPED, reason=step.change.reason))
    return None
