"""Tell the running agent its new model, and believe only what it reports afterwards."""

import asyncio
from typing import Final

from ..errors import GuardHolds, MusterError
from ..model.clock import Now
from ..model.observed import ObservedModel, ProcessIdentity
from ..model.plan import SwitchInPlace
from ..model.record import Operation, SessionRecord, wanted_key
from ..runtimes.base import NoChannel, Runtime, SetOrder
from . import after
from .restart import restart
from .step import Step

_PATIENCE_SECONDS: Final = 10.0
"""How long an agent may take to show a model that was set in place; by line it answers in milliseconds."""

_LOOK_SECONDS: Final = 0.05


async def switch_in_place(step: Step, action: SwitchInPlace) -> str | None:
    """Tell the agent and wait for its own report; return why it failed.

    :raises GuardHolds: when a turn began meanwhile: the next pass waits for its end.
    """
    record, ports = step.record, step.ports
    if record.process is None or record.runtime is None:
        return await step.did_not_switch(f"cannot switch {step.name} in place: nothing runs", _key(step, action))
    runtime = ports.runtimes[record.runtime]
    if action.deferred:  # nothing is switched yet: the keeper says so when it is
        return await _announce(step, action, runtime, record.process)
    now = ports.clock()
    expected = _expected(record, action, now)
    await step.intend(Operation.SWITCH, expected, record.process.nonce)
    try:
        await _tell(step, action, runtime, record.process)
    except NoChannel as error:
        if action.instead is None:
            return await step.did_not_switch(error.message, _key(step, action))
        return await restart(step, action.instead)
    except GuardHolds:
        await step.end(record)
        raise
    except MusterError as error:
        return await step.did_not_switch(error.message, _key(step, action))
    event = after.switched(
        step.name, record.asked_model, to=action.model, strategy="in-place", seconds=step.seconds, kept=True, now=now
    )
    await step.end(expected.model_copy(update={"last_good_model": action.model}), event)
    return None


def _key(step: Step, action: SwitchInPlace) -> str:
    return wanted_key(action.model, step.record.asked_effort, action.fingerprint)


def _expected(record: SessionRecord, action: SwitchInPlace, now: Now) -> SessionRecord:
    asked = {"asked_model": action.model, "asked_at": after.asked_at(record, now), "verified_model": None}
    return record.model_copy(
        update={**asked, "pending_since": None, "launched": action.fingerprint, "mends": action.mends}
    )


async def _announce(step: Step, action: SwitchInPlace, runtime: Runtime, process: ProcessIdentity) -> str | None:
    try:
        await _tell(step, action, runtime, process)
    except MusterError as error:
        return error.message
    return None


async def _tell(step: Step, action: SwitchInPlace, runtime: Runtime, process: ProcessIdentity) -> None:
    """Type it and wait until the agent shows it, or tell it over the protocol, which answers with what is then set."""
    if not isinstance(action.told, str):
        order = SetOrder(
            name=step.name,
            process=process,
            wish=action.told,
            before=step.record.asked_model,
            later=action.deferred,
            interrupts=action.interrupts,
        )
        await runtime.set_model(order)
        return
    before = await step.ports.eyes.model(step.name)
    await runtime.type(step.name, process, action.told)
    if not await _shows(step, action.model, before):
        raise MusterError(f"cannot switch {step.name} in place: it does not report {action.model}")


async def _shows(step: Step, model: str, before: ObservedModel | None) -> bool:
    """Tell whether the agent reports the model, and not by a report that stood there before it was told (law 11)."""
    end = step.ports.clock().boot + _PATIENCE_SECONDS
    while step.ports.clock().boot < end:
        seen = await step.ports.eyes.model(step.name)
        if seen is not None and seen != before and seen.name == model:
            return True
        await asyncio.sleep(_LOOK_SECONDS)
    return False
