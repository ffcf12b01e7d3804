"""The table of guards, asked by plan, by apply and by why."""

from dataclasses import replace

from controller.model.observed import Activity
from controller.model.plan import Guard, Hold, Restart, Stop
from controller.model.profile import Minted
from controller.model.record import OneShot, SessionRecord
from controller.plan.guards import GUARDS, decide, recheck, verdicts
from controller.plan.limits import limited
from tests.property.worlds import (
    NOW,
    declared,
    desired,
    down,
    edited,
    in_sync,
    loaded,
    profile,
    remembered,
    seen,
    world,
)

MOVING = edited(in_sync(declared(model="small")), model="large")


def test_guards_are_asked_in_the_order_of_their_enum() -> None:
    """The closed list and the table are one; the fleet's limits are its end."""
    own, limits = [guard for guard, _ in GUARDS], list(Guard)[len(GUARDS) :]
    assert own == list(Guard)[: len(GUARDS)]
    assert limits == [Guard.MASS_CHANGE, Guard.RUNNING_LIMIT, Guard.STARTS_LIMIT, Guard.ROLLOUT]


def test_apply_is_told_no_when_the_facts_have_changed() -> None:
    """Between plan and signal a person may have started a turn, or a transcript may have gone."""
    before = world(MOVING)
    change = decide(MOVING, before)
    assert isinstance(change.action, Restart)
    assert recheck(change, MOVING, before) is None
    for facts, guard in (
        ({"activity": Activity.BUSY}, Guard.BUSY),
        ({"prompted": False}, Guard.UNRESUMABLE),
    ):
        hold = recheck(change, seen(MOVING, **facts), before)
        assert isinstance(hold, Hold)
        assert (hold.guard, hold.held) == (guard, change.action)


def test_suspended_and_unknown_since_the_plan_are_held() -> None:
    """Hands off counts at once, and so does an agent that went away."""
    change = decide(MOVING, world(MOVING))
    suspended, unknown = edited(MOVING, model="large", suspend=True), replace(MOVING, desired=None)
    for since, guard in ((suspended, Guard.SUSPENDED), (unknown, Guard.INVALID)):
        hold = recheck(change, since, world(since))
        assert hold is not None
        assert hold.guard is guard


def test_verdicts_name_every_guard_and_the_limit_that_holds() -> None:
    """`why` shows what lets an action pass as well as what holds it."""
    busy = seen(MOVING, activity=Activity.BUSY)
    said = dict(verdicts(decide(busy, world(busy)), busy, world(busy)))
    assert list(said) == [guard for guard, _ in GUARDS]
    assert [guard for guard, sentence in said.items() if sentence] == [Guard.BUSY]
    (change,) = limited([decide(MOVING, world(MOVING))], world(MOVING, switching=1000), None)
    assert Guard.ROLLOUT in dict(verdicts(change, MOVING, world(MOVING)))


def test_two_sessions_are_not_started_on_one_conversation() -> None:
    """Where a directory is the conversation, one whose file is gone still has it until its process is."""
    reading = loaded(talker=profile(conversation=Minted.DIRECTORY))
    told = {"conversation": "/work"}
    old, new = (seen(in_sync(declared(name, model="small", cwd="/work"), reading), **told) for name in ("old", "new"))
    new = down(new)
    change = decide(new, world(replace(old, gone=True, desired=None), new))

    assert isinstance(change.action, Hold)
    assert change.action.guard is Guard.FOREIGN
    assert change.action.sentence == "old works in /work, which holds one conversation of talker"
    assert not isinstance(decide(new, world(down(old), new)).action, Hold)


def test_a_conversation_that_another_session_works_on_is_not_opened_twice() -> None:
    """A file may name the conversation of another session; in a repository that is how copying one goes wrong."""
    theirs = in_sync(declared("old", model="small"))
    copied = declared("new", model="small", conversation=theirs.record.conversation)
    new = replace(down(in_sync(copied)), record=SessionRecord(name="new"), declared=copied, desired=desired(copied))
    change = decide(new, world(theirs, new))

    assert isinstance(change.action, Hold)
    assert (change.action.guard, change.action.sentence) == (Guard.FOREIGN, "the session old works on its conversation")
    assert not isinstance(decide(new, world(down(theirs), new)).action, Hold)


def test_nothing_to_do_has_no_verdicts() -> None:
    """Guards speak about actions."""
    case = in_sync(declared())
    assert verdicts(decide(case, world(case)), case, world(case)) == ()


def test_what_was_taken_over_by_its_process_alone_is_not_gone_with_its_file() -> None:
    """The state was lost, and with it the last good word of a file that is bad now: nothing stops (law 6)."""
    rebuilt = remembered(in_sync(declared(model="small")), launched=None, absent_since=NOW.moment(after=-600))
    lost = replace(rebuilt, declared=None, desired=None)

    assert isinstance(hold := decide(lost, world(lost)).action, Hold)
    assert hold.guard is Guard.SOURCE
    asked = remembered(lost, wanted=OneShot.STOP)
    assert isinstance(decide(asked, world(asked)).action, Stop)
