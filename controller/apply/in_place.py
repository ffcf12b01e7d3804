"""Tell the running agent its new model, and believe only what it reports afterwards."""

import asyncio

from ..errors import MusterError
from ..model.observed import ObservedModel
from ..model.plan import SwitchInPlace
from ..model.record import Operation, wanted_key
from . import after
from .step import Step

_PATIENCE_SECONDS = 10.0
"""How long an agent may take to show a model that was set in place; by line it answers in milliseconds."""

_LOOK_SECONDS = 0.05


async def switch_in_place(step: Step, action: SwitchInPlace) -> str | None:
    """Type the line and wait for the agent's own report; return why it failed."""
    record, ports, key = step.record, step.ports, wanted_key(action.model, step.record.asked_effort, action.fingerprint)
    if record.process is None or record.runtime is None:
        return await step.did_not_switch(f"cannot switch {step.name} in place: nothing runs", key)
    now = ports.clock()
    asked = {"asked_model": action.model, "asked_at": now.wall, "verified_model": None, "pending_since": None}
    expected = record.model_copy(update={**asked, "launched": action.fingerprint})
    before = await ports.eyes.model(step.name)
    await step.intend(Operation.SWITCH, expected, record.process.nonce)
    try:
        await ports.runtimes[record.runtime].type(record.name, record.process, action.line)
    except MusterError as error:
        return await step.did_not_switch(error.message, key)
    if not await _shows(step, action.model, before):
        return await step.did_not_switch(f"cannot switch {step.name} in place: it does not report {action.model}", key)
    event = after.switched(
        step.name, record.asked_model, to=action.model, strategy="in-place", seconds=step.seconds, kept=True, now=now
    )
    await step.end(expected.model_copy(update={"last_good_model": action.model}), event)
    return None


async def _shows(step: Step, model: str, before: ObservedModel | None) -> bool:
    """Tell whether the agent reports the model, and not by a report that stood there before it was told (law 11)."""
    end = step.ports.clock().boot + _PATIENCE_SECONDS
    while step.ports.clock().boot < end:
        seen = await step.ports.eyes.model(step.name)
        if seen is not None and seen != before and seen.name == model:
            return True
        await asyncio.sleep(_LOOK_SECONDS)
    return False
