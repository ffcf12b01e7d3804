"""The restart transaction (design 3.2), and the ways out of it when the new process does not come up."""

from collections.abc import Iterator

from ..errors import MusterError, Starved
from ..model.event import EventType
from ..model.plan import Launch, Restart
from ..model.record import Operation, SessionRecord
from ..model.transaction import Event
from ..runtimes.base import Killed, ResumeRefused
from . import after, preflight
from .step import Step


async def restart(step: Step, action: Restart) -> str | None:
    """Stop, prove it gone, start again with the conversation; return why that failed."""
    launch = action.launch
    if why := preflight.trouble(step, launch):
        return await step.did_not_switch(why, after.key_of(launch))
    nonce = await step.intend_launch(Operation.RESTART, launch)
    if failure := await step.bring_down(launch):
        return failure
    up = await step.bring_up(launch, nonce)
    if isinstance(up, Killed):  # that is nothing against the model: once more
        up = await step.bring_up(launch, await step.intend_launch(Operation.RESTART, launch))
    if isinstance(up, MusterError):
        return await way_out(step, action, up)
    if action.parks:
        await step.end(*_given_up(step, up, launch, *action.parks))
        return None
    resumed = step.event(EventType.SESSION_RESUMED, model=launch.model, reason=step.change.reason)
    moved = step.moved(launch, "restart", kept=after.keeps(step.record, launch))
    await step.end(up, *(moved or (resumed,)))
    return None


async def way_out(step: Step, action: Restart, error: MusterError) -> str:
    """Go back to the model that worked, else fresh where the file allows it, else stay down with the reason."""
    if isinstance(error, Starved):  # there is as little room for any other way
        return await step.did_not_start(action.launch, error, action.parks[1] if action.parks else None)
    known = bool(step.ports.profile(action.launch.agent).refusals)
    for launch, operation in _ways(action, refused=isinstance(error, ResumeRefused) or not known):
        up = await step.bring_up(launch, await step.intend_launch(operation, launch))
        if isinstance(up, MusterError):
            continue
        if operation is Operation.FRESH:
            await step.end(up, *_left_behind(step, launch, error))
        else:
            await step.end(*_rolled_back(step, up, action, launch, error))
        return error.message
    return await step.did_not_start(action.launch, error)


def _ways(action: Restart, *, refused: bool) -> Iterator[tuple[Launch, Operation]]:
    """A conversation is left behind only when the agent refuses it, as far as it says so; not for any failed start."""
    if action.back is not None:
        yield action.back, Operation.RESTART
    if action.fresh is not None and refused:
        yield action.fresh, Operation.FRESH


def _rolled_back(
    step: Step, up: SessionRecord, action: Restart, back: Launch, error: MusterError
) -> tuple[SessionRecord, Event]:
    """Return the record of the process on the old model: parked, and still to be switched one day."""
    parked = after.parked(up, f"{error.message}; back on {back.model}", after.key_of(action.launch))
    told = {"from_model": action.launch.model, "to_model": back.model, "error": error.message}
    return parked, step.event(EventType.ROLLED_BACK, **told)


def _given_up(step: Step, up: SessionRecord, launch: Launch, why: str, wanted: str) -> tuple[SessionRecord, Event]:
    """Return the record of the process on the model that answers, parked; what was desired is tried on demand."""
    parked = up.model_copy(update={"parked": why, "parked_for": wanted, "last_error": why})
    told = {"from_model": step.record.asked_model, "to_model": launch.model, "error": why}
    return parked, step.event(EventType.ROLLED_BACK, **told)


def _left_behind(step: Step, launch: Launch, error: MusterError) -> tuple[Event, ...]:
    told = after.left_behind(step.record, step.ports.clock(), error=error.message)
    return (told, *step.moved(launch, "fresh", kept=False))
