"""What a controller finds that another one left: intents by their nonce, processes, run files (law 9)."""

from typing import Any

import pytest

from controller.loop.recover import recover
from controller.model.clock import Now
from controller.model.event import EventType
from controller.model.observed import ProcessIdentity
from controller.model.record import Fingerprint, Intent, OneShot, Operation, SessionRecord
from controller.model.session import RuntimeKind
from controller.model.transaction import Transaction
from controller.runtimes.base import RunFile
from controller.runtimes.identity import born

NOW = Now(wall=1_000.0, boot=500.0, boot_id="boot")
NAME = "ann"
LAUNCHES = [Operation.START, Operation.RESTART, Operation.FRESH]


def process(nonce: str, pid: int = 7) -> ProcessIdentity:
    return ProcessIdentity(boot_id="boot", pid=pid, ticks=pid, nonce=nonce)


OLD, LATE = process("n0"), process("n1", pid=8)


def run_file(found: ProcessIdentity, **other: Any) -> RunFile:
    words: dict[str, Any] = {"agent": "talker", "asked_model": "large", "conversation": "c1", "cwd": "/w"} | other
    return RunFile(name=NAME, process=found, runtime=RuntimeKind.PROCESS, **words)


def remembered(**other: Any) -> SessionRecord:
    words: dict[str, Any] = {"process": OLD, "conversation": "c1", "asked_model": "small", "prompted": True}
    return SessionRecord(name=NAME, **(words | other))


def intent(operation: Operation, nonce: str = "n1", id_: str = "i1", **after: Any) -> Intent:
    words: dict[str, Any] = {"process": None, "asked_model": "large", "generation": 2} | after
    return Intent(id=id_, name=NAME, operation=operation, nonce=nonce, after=remembered(**words))


def recovered(
    record: SessionRecord | None, *intents: Intent, file: RunFile | None = None, alive: bool = True
) -> Transaction:
    records = {NAME: record} if record else {}
    files = {NAME: file} if file else {}
    return recover(records, intents, files, {NAME} if file and alive else set(), NOW)


def the_record(step: Transaction) -> SessionRecord:
    (record,) = step.records
    return record


def told(step: Transaction) -> list[EventType]:
    return [event.type for event in step.events]


@pytest.mark.parametrize("operation", LAUNCHES)
def test_a_launch_whose_process_lives_is_finished(operation: Operation) -> None:
    """Found by its nonce: the record is what the intent said it would be, with its process."""
    step = recovered(remembered(), intent(operation), file=run_file(LATE))
    record = the_record(step)

    assert (record.process, record.asked_model, record.generation) == (LATE, "large", 2)
    assert (record.last_good_model, record.started) == ("large", NOW.moment())
    assert step.closed == ("i1",)


@pytest.mark.parametrize("operation", LAUNCHES)
def test_a_start_that_nobody_saw_through_is_still_to_go_on_with_its_conversation(operation: Operation) -> None:
    """Until it says so itself; a new conversation has nothing to go on with."""
    record = the_record(recovered(remembered(), intent(operation), file=run_file(LATE)))

    assert record.unseen is (operation is not Operation.FRESH)


@pytest.mark.parametrize("operation,context", [(Operation.START, "kept"), (Operation.FRESH, "lost")])
def test_a_finished_launch_on_another_model_is_told_as_a_switch(operation: Operation, context: str) -> None:
    """It happened, though nobody was there to tell."""
    step = recovered(remembered(), intent(operation), file=run_file(LATE))
    switch = next(event for event in step.events if event.type is EventType.MODEL_SWITCH)

    assert (switch.data["from_model"], switch.data["to_model"], switch.data["context"]) == ("small", "large", context)


def test_a_finished_revert_is_a_switch_from_the_wrong_model() -> None:
    """Asked for large before and after: it is brought back from what it went to."""
    step = recovered(remembered(asked_model="large"), intent(Operation.RESTART, mends="small"), file=run_file(LATE))

    assert step.events[0].data["from_model"] == "small"


def test_a_finished_launch_on_the_same_model_is_no_switch() -> None:
    """The way back to the model that worked: the switch did not happen (law 11)."""
    step = recovered(
        remembered(), intent(Operation.RESTART, asked_model="small"), file=run_file(LATE, asked_model="small")
    )

    assert told(step) == [EventType.ADOPTED]


def test_a_finished_fresh_start_says_what_was_left_behind() -> None:
    """Whoever tells of it, it is told (law 5)."""
    step = recovered(remembered(), intent(Operation.FRESH, conversation="c2"), file=run_file(LATE, conversation="c2"))

    assert told(step) == [EventType.SESSION_FRESH, EventType.MODEL_SWITCH]
    assert step.events[0].data["left"] == "c1"


@pytest.mark.parametrize("operation", LAUNCHES)
def test_a_launch_that_came_to_nothing_leaves_its_session_down(operation: Operation) -> None:
    """The predecessor is gone and the successor never was: nothing is recorded as done (law 11)."""
    step = recovered(remembered(), intent(operation), file=run_file(OLD), alive=False)
    record = the_record(step)

    assert (record.process, record.asked_model, record.conversation, record.failures) == (None, "small", "c1", 0)
    assert (step.events, step.closed) == ((), ("i1",))


@pytest.mark.parametrize("operation", [*LAUNCHES, Operation.STOP])
def test_nothing_is_changed_while_the_predecessor_lives(operation: Operation) -> None:
    """Killed between the intent and the end of the old process: the world as it is decides."""
    step = recovered(remembered(), intent(operation), file=run_file(OLD))

    assert (step.records, step.events, step.closed) == ((), (), ("i1",))


@pytest.mark.parametrize("operation", LAUNCHES)
def test_without_a_run_file_nothing_is_known_to_be_gone(operation: Operation) -> None:
    """A lost run directory ends no process: a record that is dropped would mean a second writer (law 3)."""
    step = recovered(remembered(), intent(operation))

    assert (step.records, step.closed) == ((), ("i1",))


def test_a_stop_that_reached_its_end_is_a_stop() -> None:
    """Not a crash, and the person's wish is done."""
    step = recovered(remembered(wanted=OneShot.STOP), intent(Operation.STOP, nonce=""), file=run_file(OLD), alive=False)

    assert (the_record(step).process, the_record(step).wanted) == (None, None)
    assert told(step) == [EventType.SESSION_STOPPED]


def test_a_switch_in_place_is_never_finished_unseen() -> None:
    """Only the next report says whether the line was taken (law 11); until then nobody knows what it was told."""
    step = recovered(remembered(), intent(Operation.SWITCH, nonce="n0"), file=run_file(OLD))

    (record,) = step.records
    assert (record.asked_model, record.process) == (None, OLD)
    assert (step.events, step.closed) == ((), ("i1",))


def test_a_keeper_remembers_what_it_told() -> None:
    over = remembered(runtime=RuntimeKind.ACP)
    assert recovered(over, intent(Operation.SWITCH, nonce="n0"), file=run_file(OLD)).records == ()


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("found,model", [("n1", "large"), ("n2", "small"), ("n3", "large")])
def test_the_intent_that_a_process_was_started_for_counts(found: str, model: str, order: int) -> None:
    """A failed launch, the way back and the way out leave three; only one has a process."""
    begun = (
        intent(Operation.RESTART, "n1", "i1", asked_model="large"),
        intent(Operation.RESTART, "n2", "i2", asked_model="small"),
        intent(Operation.FRESH, "n3", "i3", asked_model="large", conversation="c2"),
    )
    late = process(found, pid=8)
    step = recovered(remembered(), *begun[::order], file=run_file(late))

    assert (the_record(step).process, the_record(step).asked_model) == (late, model)
    assert sorted(step.closed) == ["i1", "i2", "i3"]


def test_a_process_of_another_launch_is_taken_over_as_its_run_file_says() -> None:
    """Its nonce is no intent's, so no intent is finished by it."""
    stray = process("n9", pid=9)
    step = recovered(remembered(), intent(Operation.RESTART), file=run_file(stray, asked_model="middle"))
    record = the_record(step)

    assert (record.process, record.asked_model) == (stray, "middle")
    assert told(step) == [EventType.ADOPTED]


def test_an_intent_never_undoes_what_was_recorded_after_it() -> None:
    """Its process was taken over and has moved on since: the stale word of the intent counts no more."""
    step = recovered(remembered(process=LATE, asked_model="middle"), intent(Operation.RESTART), file=run_file(LATE))

    assert (step.records, step.events, step.closed) == ((), (), ("i1",))


def test_a_lost_state_is_rebuilt_from_run_files() -> None:
    """What runs is ours again: its conversation, its model, its directory; nothing is started anew."""
    step = recovered(None, file=run_file(OLD))
    record = the_record(step)

    assert (record.process, record.agent, record.runtime) == (OLD, "talker", RuntimeKind.PROCESS)
    assert (record.conversation, record.asked_model, record.cwd, record.generation) == ("c1", "large", "/w", 1)
    assert record.launched is None
    assert record.asked_at == pytest.approx(born(OLD, NOW)), "older reports are its predecessor's"
    assert told(step) == [EventType.ADOPTED]


def test_a_lost_state_loses_no_conversation_of_a_session_that_is_down() -> None:
    """It is resumed, in its directory, and its first prompt is not said a second time."""
    step = recovered(None, file=run_file(OLD), alive=False)
    record = the_record(step)

    assert (record.process, record.conversation, record.cwd, record.agent) == (None, "c1", "/w", "talker")
    assert record.generation == 1
    assert told(step) == [EventType.STATE_REBUILT]


def test_a_run_file_of_the_past_says_nothing_where_there_is_a_record() -> None:
    """The record is newer: the conversation may have changed since."""
    step = recovered(remembered(process=None, conversation="c9"), file=run_file(OLD), alive=False)

    assert step == Transaction()


def test_what_runs_as_recorded_is_left_as_it_is() -> None:
    """The ordinary case writes nothing (law 8)."""
    known = remembered(launched=Fingerprint(version=1, fields={"args": "x"}))

    assert recovered(known, file=run_file(OLD)) == Transaction()


def test_a_first_conversation_outlives_controller_and_agent() -> None:
    """Something may have been said in it, and its id is taken."""
    begun = intent(Operation.START, generation=1)
    (record,) = recovered(None, begun, file=run_file(LATE), alive=False).records

    assert (record.conversation, record.generation, record.process) == ("c1", 1, None)
    assert (record.agent, record.cwd) == ("talker", "/w")


def test_a_fresh_conversation_outlives_controller_and_agent() -> None:
    """A person asked for it: they have it, and the one before is told as left (law 5)."""
    begun = intent(Operation.FRESH, conversation="c2")
    step = recovered(remembered(wanted=OneShot.FRESH), begun, file=run_file(LATE, conversation="c2"), alive=False)

    (record,) = step.records
    assert (record.conversation, record.generation, record.wanted) == ("c2", 2, None)
    assert [event.data["left"] for event in step.events if event.type is EventType.SESSION_FRESH] == ["c1"]
