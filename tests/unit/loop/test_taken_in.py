"""What is remembered of a process that a person started, from the first look at it to its end."""

from dataclasses import replace

from controller.loop.notice import notice
from controller.loop.recover import recover
from controller.model.observed import Guest, ObservedModel, Presence
from controller.model.record import Intent, Operation, SessionRecord
from controller.model.session import RuntimeKind
from tests.property.worlds import NOW, declared, identity, in_sync

CASE = in_sync(declared("ann", model="small"))
GUEST = Guest(runtime=None, where="a terminal of its own", model="small", began=NOW.wall - 50)


def taken_in(guest: Guest, report: ObservedModel | None) -> SessionRecord:
    observed = replace(CASE.observed, guest=guest, model=report)
    return notice(SessionRecord(name="ann"), CASE.desired, observed, NOW, deleted=False)[0]


def test_what_a_process_reported_counts_before_its_command_line_only_since_it_began() -> None:
    young = ObservedModel(raw="large-1", name="large", at=NOW.wall - 10)
    old = ObservedModel(raw="large-1", name="large", at=NOW.wall - 60)

    assert taken_in(GUEST, young).asked_model == "large"
    assert taken_in(GUEST, old).asked_model == "small"
    assert taken_in(replace(GUEST, model=None), old).asked_model == "large"
    assert taken_in(replace(GUEST, model=None), None).asked_model is None


def test_one_that_its_person_quits_is_no_crash_and_leaves_no_place() -> None:
    record = taken_in(GUEST, None)
    gone = replace(CASE.observed, presence=Presence.ABSENT, process=None)
    after, _ = notice(record, CASE.desired, gone, NOW, deleted=False)

    assert (after.process, after.runtime, after.where, after.failures, after.retry_at) == (None, None, None, 0, None)
    assert after.conversation == CASE.observed.conversation


def test_killed_between_stop_and_start_the_next_controller_goes_on_in_the_same_pane() -> None:
    before = taken_in(replace(GUEST, runtime=RuntimeKind.PANE, where="pane %3"), None)
    intent = Intent(id="i", name="ann", operation=Operation.RESTART, nonce="n", after=before)
    [after] = recover({"ann": before}, [intent], {}, (), NOW, gone={"ann"}).records

    assert before.process == identity()
    assert (after.process, after.runtime, after.where) == (None, RuntimeKind.PANE, "pane %3")
