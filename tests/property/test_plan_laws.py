"""The laws of the planner over random worlds (design 4)."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from controller.model.observed import Activity, Observed, ObservedModel, Presence
from controller.model.plan import (
    Action,
    Change,
    Doing,
    Guard,
    Hold,
    Launch,
    Leave,
    Restart,
    Start,
    StartFresh,
    Stop,
    SwitchInPlace,
)
from controller.model.record import Fingerprint, OneShot, SessionRecord
from controller.model.session import Drift, OnDelete, Resume, Then, When, WhenAttached
from controller.plan.case import Case, World
from controller.plan.guards import decide, recheck
from controller.plan.order import decide_some, digest, in_order, plan
from tests.property.worlds import NAMES, NOW, cases, identity, lone_worlds, remembered, seen, world, worlds

FLEET_GUARDS = {Guard.MASS_CHANGE, Guard.RUNNING_LIMIT, Guard.STARTS_LIMIT, Guard.ROLLOUT}
many = settings(max_examples=100)
more = settings(max_examples=300)


def applied(case: Case, change: Change) -> Case:
    """The model world after an action that succeeded: what apply records and what observe then sees."""
    match change.action:
        case Leave() | Hold():
            return case
        case Stop():
            record = case.record.model_copy(update={"process": None, "wanted": None, "pending_since": None})
            return replace(case, record=record, observed=Observed(name=case.name, prompted=case.observed.prompted))
        case SwitchInPlace(model=model, mends=mends):
            return replace(case, record=_asked(case.record, model, mends))
        case Start(launch=launch) | Restart(launch=launch) | StartFresh(launch=launch):
            return _launched(case, launch)


def _asked(record: SessionRecord, model: str, mends: str | None) -> SessionRecord:
    asked = {"asked_model": model, "asked_at": NOW.wall, "mends": mends, "wanted": None, "pending_since": None}
    return record.model_copy(update=asked)


def _launched(case: Case, launch: Launch) -> Case:
    record = _asked(case.record, launch.model, launch.mends).model_copy(
        update={
            "agent": launch.agent,
            "process": identity(4712),
            "conversation": launch.conversation,
            "generation": launch.generation,
            "launched": launch.fingerprint,
            "asked_effort": launch.effort,
            "cwd": launch.cwd,
            "prompted": launch.resumes,
            "retry_at": None,
            "failures": 0,
        }
    )
    look = replace(
        case.observed,
        presence=Presence.RUNNING,
        process=record.process,
        conversation=launch.conversation,
        prompted=launch.resumes,
        exit=None,
    )
    return replace(case, record=record, observed=look)


def after(before: World, changes: tuple[Change, ...]) -> World:
    moved = {change.session: applied(before.cases[change.session], change) for change in changes}
    return replace(before, cases={**before.cases, **moved})


def doing_of(action: Action) -> Doing | None:
    return action.held if isinstance(action, Hold) else None if isinstance(action, Leave) else action


def actions(changes: tuple[Change, ...]) -> dict[str, Action]:
    return {change.session: change.action for change in changes}


@many
@given(worlds(limits=False))
def test_second_plan_after_an_apply_only_leaves_and_holds(before: World) -> None:
    """Law 1, rest: what was planned and done is not planned again."""
    settled = after(before, plan(before).changes)
    again = [change for change in plan(settled).changes if not isinstance(change.action, (Leave, Hold))]
    assert again == []


@many
@given(worlds(), st.randoms())
def test_shuffled_world_gives_the_same_plan(before: World, random: object) -> None:
    """Law 1, order: neither the order of files nor of sets decides anything."""
    names = list(before.cases)
    random.shuffle(names)  # type: ignore[attr-defined]
    shuffled = replace(before, cases={name: before.cases[name] for name in names})
    assert plan(shuffled) == plan(before)


@more
@given(worlds(limits=False, least=2) | worlds(least=2), st.data())
def test_one_session_moves_another_only_by_a_fleet_limit(before: World, data: st.DataObject) -> None:
    """Law 1, frame: a change of A alters B at most to or from a hold by a limit that they share."""
    name = data.draw(st.sampled_from(sorted(before.cases)))
    changed = replace(before, cases={**before.cases, name: data.draw(cases(name))})
    old, new = actions(plan(before).changes), actions(plan(changed).changes)
    for other in old.keys() - {name}:
        if old[other] != new[other]:
            held = [action for action in (old[other], new[other]) if isinstance(action, Hold)]
            assert held
            assert all(hold.guard in FLEET_GUARDS for hold in held)
            assert doing_of(old[other]) == doing_of(new[other])


def _may_be_disturbed(case: Case, before: World) -> bool:
    """The words of law 2, written apart from the code that they judge."""
    if case.name in before.person_said_now:
        return True
    update = case.declared.spec.update if case.declared else None
    look = case.observed
    stable = case.desired.profile.stable_idle if case.desired else 1.0
    calm = look.activity is Activity.NONE or (look.activity is Activity.IDLE and look.idle_for >= stable)
    waited = (
        update is not None
        and update.wait_at_most is not None
        and update.then is Then.INTERRUPT
        and case.record.pending_since is not None
        and NOW.since(case.record.pending_since) >= update.wait_at_most
    )
    hurried = update is not None and (update.when is When.NOW or waited)
    alone = not look.attached or (update is not None and update.attached is WhenAttached.ALLOW)
    return (calm or hurried) and alone


@more
@given(lone_worlds())
def test_no_restart_or_stop_at_a_bad_moment(before: World) -> None:
    """Law 2: busy, waiting, background, attached or unknown; unless the file or a person says so."""
    for change in plan(before).changes:
        case = before.cases[change.session]
        if case.observed.presence is Presence.ABSENT:
            continue
        if isinstance(change.action, (Restart, Stop, StartFresh)):
            assert case.observed.presence is Presence.RUNNING
            assert _may_be_disturbed(case, before)


@more
@given(lone_worlds())
def test_no_second_writer_of_a_conversation(before: World) -> None:
    """Law 3: nothing opens a conversation that a stranger works on, and nothing starts beside a living process."""
    for change in plan(before).changes:
        case, action = before.cases[change.session], change.action
        if isinstance(action, Start):
            assert case.observed.presence is Presence.ABSENT
        if isinstance(action, (Start, Restart)) and action.launch.conversation is not None:
            theirs = {s.conversation or case.record.conversation for s in case.observed.strangers}
            assert action.launch.conversation not in theirs


@more
@given(lone_worlds())
def test_conversation_is_left_only_where_that_is_allowed(before: World) -> None:
    """Law 5: fresh is never chosen while resume is required, and Start and Restart keep what was prompted."""
    for change in plan(before).changes:
        case, action = before.cases[change.session], change.action
        if case.desired is None:
            continue
        allowed = case.record.wanted is OneShot.FRESH or case.desired.spec.resume_policy is not Resume.REQUIRED
        if isinstance(action, StartFresh):
            assert allowed
        if isinstance(action, Restart) and action.fresh is not None:
            assert allowed
        if isinstance(action, (Start, Restart)) and case.observed.prompted:
            known = case.observed.conversation or case.record.conversation
            kept = known or case.desired.profile.conversation_in(case.desired.cwd)
            assert action.launch.resumes
            assert action.launch.conversation == kept


@more
@given(lone_worlds())
def test_deletion_is_slow(before: World) -> None:
    """Laws 6 and 7: a file that is gone stops nothing before its grace, nor out of a directory in doubt."""
    for change in plan(before).changes:
        case = before.cases[change.session]
        gone = case.gone or case.declared is None or not case.declared.here
        if isinstance(change.action, Stop) and gone and case.record.wanted is not OneShot.STOP:
            since = case.record.absent_since
            assert since is not None
            assert NOW.since(since) >= before.fleet.guards.delete_grace
            assert not (before.doubtful and (case.gone or case.declared is None))
            assert not case.record.released
            assert case.declared is None or case.declared.spec.on_delete is OnDelete.STOP


@many
@given(worlds())
def test_many_stops_need_a_person(before: World) -> None:
    """Law 7: the stops and fresh starts of one pass that nobody named stay under the mass-change guard."""
    changes = plan(before).changes
    limit = before.fleet.guards.mass_change
    stopping = [
        change.session
        for change in changes
        if isinstance(change.action, (Stop, StartFresh))
        and change.session not in before.approved
        and before.cases[change.session].record.wanted is None
    ]
    if len(stopping) >= limit.at_least:
        assert len(stopping) * 100 <= limit.percent * len(before.cases)


@many
@given(worlds(), st.sets(st.sampled_from(NAMES)))
def test_part_of_a_pass_does_nothing_that_the_whole_would_not_but_for_limits(before: World, names: set[str]) -> None:
    """A pass over some sessions intends the same, and a mass of stops does not pass in parts."""
    whole, part = actions(plan(before).changes), actions(decide_some(before, names))
    assert part.keys() == names & before.cases.keys()
    for name, action in part.items():
        assert doing_of(action) == doing_of(whole[name])
        if isinstance(hold := whole[name], Hold) and hold.guard is Guard.MASS_CHANGE:
            assert isinstance(action, Hold)


@many
@given(cases(kinds=("edited", "runs")))
def test_upgrade_restarts_nothing(case: Case) -> None:
    """Law 10: a process that was started under another list of compared fields is left alone."""
    assume(case.desired is not None and case.desired.model is not None)
    assert case.desired is not None
    record = case.record.model_copy(
        update={
            "wanted": None,
            "asked_model": case.desired.model,
            "asked_effort": case.desired.effort,
            "launched": Fingerprint(version=case.desired.fingerprint.version + 1, fields={"args": "of another time"}),
        }
    )
    upgraded = seen(replace(case, record=record), model=None, presence=Presence.RUNNING)
    change = decide(upgraded, world(upgraded))
    assert isinstance(doing_of(change.action), Stop | None)


@many
@given(cases(kinds=("edited", "runs")), st.sampled_from(Drift))
def test_wrong_model_after_a_verified_restart_is_parked(case: Case, policy: Drift) -> None:
    """Law 12: the same wrong model, reported again after the restart that was to mend it, restarts nothing."""
    assume(case.desired is not None and case.desired.model is not None)
    wanted = case.desired
    assert wanted is not None
    wrong = "small" if wanted.model == "large" else "large"
    case = replace(case, desired=replace(wanted, spec=wanted.spec.model_copy(update={"drift": policy})))
    case = remembered(case, asked_model=wrong, parked=None, retry_at=None)
    case = seen(case, presence=Presence.RUNNING, activity=Activity.NONE, attached=False, model=None, strangers=())
    first = decide(case, world(case))
    assume(isinstance(first.action, (Restart, StartFresh)))
    stubborn = seen(applied(case, first), model=ObservedModel(raw=wrong, name=wrong, at=NOW.wall + 5), prompted=True)
    change = decide(stubborn, world(stubborn))
    assert isinstance(change.action, Hold)
    assert change.action.guard is Guard.PARKED


@more
@given(lone_worlds())
def test_no_secret_in_a_plan_but_in_the_environment(before: World) -> None:
    """Law 14: a value of env stands in no argv, no fingerprint, no sentence."""
    for change in plan(before).changes:
        doing = doing_of(change.action)
        if isinstance(doing, (Start, Restart, StartFresh)):
            assert "secret-value" not in repr((doing.launch.argv, doing.launch.fingerprint))
        sentence = change.action.sentence if isinstance(change.action, Hold) else ""
        assert "secret-value" not in change.detail + sentence


@many
@given(worlds())
def test_digest_forgets_activity(before: World) -> None:
    """A saved plan is not stale because somebody started to type."""
    calm = {
        name: seen(case, activity=Activity.IDLE, idle_for=60.0, attached=False) for name, case in before.cases.items()
    }
    other = replace(before, cases=calm)
    mine, theirs = plan(before).changes, plan(other).changes
    if all(not isinstance(c.action, Hold) or c.action.guard is not Guard.MASS_CHANGE for c in (*mine, *theirs)):
        assert digest(mine) == digest(theirs)


@more
@given(lone_worlds())
def test_recheck_of_an_unchanged_world_agrees(before: World) -> None:
    """Apply asks the same guards: on the same facts they say the same."""
    for change in plan(before).changes:
        if not isinstance(change.action, (Leave, Hold)):
            assert recheck(change, before.cases[change.session], before) is None


@many
@given(worlds())
def test_stops_come_first_and_starts_last(before: World) -> None:
    """Stops make room for starts."""
    order = in_order(plan(before).changes, before)
    turns = [0 if isinstance(c.action, Stop) else 2 if isinstance(c.action, Start) else 1 for c in order]
    assert turns == sorted(turns)
