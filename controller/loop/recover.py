"""The first pass after a start: resolve every open intent by its nonce, and take over what runs; pure.

Sessions survive the controller, so a crash leaves intents without an end and processes without a record. An intent
whose process is found is finished; one whose process is not found is dropped, and the world as it is decides.
"""

from collections.abc import Collection, Mapping, Sequence

from ..apply import after
from ..apply.bring_up import Up
from ..model.clock import Now
from ..model.event import EventType
from ..model.record import Intent, Operation, SessionRecord
from ..model.session import RuntimeKind
from ..model.transaction import Event, Transaction
from ..runtimes.base import RunFile
from ..runtimes.identity import born


def recover(
    records: Mapping[str, SessionRecord],
    intents: Sequence[Intent],
    run_files: Mapping[str, RunFile],
    alive: Collection[str],
    now: Now,
    gone: Collection[str] = (),
) -> Transaction:
    """Return what has to be written before the first pass.

    :param intents: the open ones, the oldest first; a launch that failed and the way back from it stand side by side.
    :param run_files: by name; what launchers wrote before they became the agent.
    :param alive: names whose run file's process lives.
    :param gone: names whose recorded process, which a person started and which has no run file, is proven gone.
    """
    events: list[Event] = []
    known = dict(records)
    for name in {intent.name: None for intent in intents}:
        begun = [intent for intent in intents if intent.name == name]
        if name in gone and name not in run_files:
            known[name] = _down(begun, known[name], now, events)
            continue
        known[name] = _resolved(begun, known.get(name) or SessionRecord(name=name), run_files, alive, now, events)
    for name, file in sorted(run_files.items()):
        if name in alive:
            known[name] = _taken_over(known.get(name) or SessionRecord(name=name), file, now, events)
        elif name not in known:
            known[name] = _rebuilt(file, now, events)
    changed = (record for name, record in known.items() if record is not records.get(name))
    return Transaction(records=tuple(changed), closed=tuple(intent.id for intent in intents), events=tuple(events))


def _resolved(
    begun: Sequence[Intent],
    before: SessionRecord,
    run_files: Mapping[str, RunFile],
    alive: Collection[str],
    now: Now,
    events: list[Event],
) -> SessionRecord:
    """Return the record of one session as its intents and the machine leave it."""
    file = run_files.get(before.name)
    if file is None:  # nothing was launched; whether the recorded process still lives, the first look finds out
        return _in_doubt(begun, before)
    launch = next((intent for intent in begun if intent.nonce == file.process.nonce), None)
    if before.name not in alive:  # and what was launched before it had gone by then
        known = _begun(launch, before, file, now, events) if launch else before
        return _down(begun, known, now, events) if known.process else known
    if before.process is not None and before.process.same(file.process):
        return _in_doubt(begun, before)
    return _finished(launch, before, file, now, events) if launch else before


def _in_doubt(begun: Sequence[Intent], before: SessionRecord) -> SessionRecord:
    """Forget what was asked in place: perhaps another model was told by now, and would be taken for a person's choice.

    A keeper knows what it told its agent.
    """
    told = any(intent.operation is Operation.SWITCH for intent in begun) and before.runtime is not RuntimeKind.ACP
    return before.model_copy(update={"asked_model": None}) if told else before


def _begun(intent: Intent, before: SessionRecord, file: RunFile, now: Now, events: list[Event]) -> SessionRecord:
    """Keep the conversation of a launch that has ended by now: it was there to be spoken in, and its id is taken."""
    told = file.conversation or intent.after.conversation
    if told in {None, before.conversation}:
        return before
    if before.conversation is not None and before.prompted:
        events.append(after.left_behind(before, now))
    there = {"conversation": told, "generation": intent.after.generation, "prompted": False, "wanted": None}
    return before.model_copy(update={**there, "agent": file.agent, "cwd": file.cwd})


def _down(begun: Sequence[Intent], before: SessionRecord, now: Now, events: list[Event]) -> SessionRecord:
    """Its end was begun by us, so it is no crash."""
    if begun[-1].operation is Operation.STOP:
        events.append(after.happened(EventType.SESSION_STOPPED, before.name, now))
        return after.down(before)
    return before.model_copy(update={"process": None, "started": None})


def _finished(intent: Intent, before: SessionRecord, file: RunFile, now: Now, events: list[Event]) -> SessionRecord:
    up = Up(process=file.process, conversation=file.conversation or intent.after.conversation)
    record = after.up(intent.after, up, now)
    name, asked, came_from = before.name, record.asked_model or "", intent.after.mends or before.asked_model
    fresh = intent.operation is Operation.FRESH
    record = record.model_copy(update={"unseen": record.prompted and not fresh})
    if fresh:
        events.append(after.left_behind(before, now))
    if came_from not in {None, asked}:
        strategy = intent.operation.value
        events.append(
            after.switched(name, came_from, to=asked, strategy=strategy, seconds=0.0, kept=not fresh, now=now)
        )
    elif not fresh:
        events.append(after.happened(EventType.ADOPTED, name, now, pid=file.process.pid, model=asked))
    return record


def _taken_over(before: SessionRecord, file: RunFile, now: Now, events: list[Event]) -> SessionRecord:
    if before.process is not None and before.process.same(file.process):
        return before
    events.append(after.happened(EventType.ADOPTED, file.name, now, pid=file.process.pid, model=file.asked_model))
    taken = {"process": file.process, "started": now.moment(), "unseen": before.prompted}
    return _told(before, file, now).model_copy(update=taken)


def _rebuilt(file: RunFile, now: Now, events: list[Event]) -> SessionRecord:
    """Keep the conversation of a session that is down and that the state knows nothing of any more."""
    told = {"conversation": file.conversation, "model": file.asked_model}
    events.append(after.happened(EventType.STATE_REBUILT, file.name, now, **told))
    return _told(SessionRecord(name=file.name), file, now)


def _told(record: SessionRecord, file: RunFile, now: Now) -> SessionRecord:
    """Return what a run file says; it ran before, so its first prompt is not said again.

    It was asked when it started: what its predecessor reported on another model says nothing about it.
    """
    return record.model_copy(
        update={
            "agent": file.agent,
            "runtime": file.runtime,
            "conversation": file.conversation or record.conversation,
            "generation": record.generation or 1,
            "asked_model": file.asked_model,
            "asked_at": born(file.process, now) if file.process.boot_id == now.boot_id else 0.0,
            "cwd": file.cwd,
        }
    )
