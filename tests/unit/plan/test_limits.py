"""What the fleet allows at one time."""

from dataclasses import replace
from typing import Any

import pytest

from controller.model.fleet import Guards, Limits, MassChange, Rollout
from controller.model.plan import Guard, Hold
from controller.model.record import OneShot, RolloutState
from controller.plan.case import Case, World
from controller.plan.order import decide_some, in_order, plan
from tests.property.worlds import NOW, declared, down, edited, fleet_spec, in_sync, remembered, seen, world


def moving(name: str, **words: Any) -> Case:
    return edited(in_sync(declared(name, model="small", **words)), model="large", **words)


def gone(name: str) -> Case:
    case = remembered(in_sync(declared(name)), absent_since=NOW.moment(after=-1000))
    return replace(case, gone=True, desired=None)


def held(before: World) -> dict[str, Guard | None]:
    changes = plan(before).changes
    return {c.session: c.action.guard if isinstance(c.action, Hold) else None for c in changes}


def test_rollout_moves_so_many_at_once_people_first() -> None:
    """An AI's session waits for people's, whatever their names."""
    fleet = fleet_spec(rollout=Rollout(at_once=2, pause=0.0))
    # The ceiling of an AI's session is middle: it moves there.
    cases = [moving("a", origin="ai"), moving("b"), moving("c")]
    assert held(world(*cases, fleet=fleet)) == {"a": Guard.ROLLOUT, "b": None, "c": None}


def test_rollout_counts_what_is_at_work() -> None:
    """At once means over all passes."""
    fleet = fleet_spec(rollout=Rollout(at_once=2, pause=0.0))
    assert held(world(moving("a"), moving("b"), fleet=fleet, switching=1)) == {"a": None, "b": Guard.ROLLOUT}


@pytest.mark.parametrize("ago,guard", [(4.0, Guard.ROLLOUT), (5.0, None)])
def test_rollout_pauses_after_a_switch(ago: float, guard: Guard | None) -> None:
    """The next one waits until the last has shown how it does."""
    fleet, state = fleet_spec(rollout=Rollout(pause=5.0)), RolloutState(last=NOW.moment(after=-ago))
    assert held(world(moving("a"), fleet=fleet, rollout=state)) == {"a": guard}


def test_halted_rollout_moves_only_what_a_person_names() -> None:
    """A person's restart of one session is no rollout."""
    named = remembered(in_sync(declared("b")), wanted=OneShot.RESTART)
    before = world(moving("a"), named, down(in_sync(declared("c"))), rollout=RolloutState(halted=True, failures=2))
    assert held(before) == {"a": Guard.ROLLOUT, "b": None, "c": None}


def test_what_the_provider_refuses_goes_back_however_the_rollout_stands() -> None:
    """It can answer nothing where it is; only so many at once go."""
    facts = {"asked_model": "large", "answered_model": "small", "asked_at": NOW.wall - 50}
    refused = [
        seen(remembered(in_sync(declared(name, model="large")), **facts), refused=NOW.wall - 5, model=None)
        for name in ("a", "b")
    ]
    fleet = fleet_spec(rollout=Rollout(at_once=1))
    before = world(*refused, moving("c"), fleet=fleet, rollout=RolloutState(halted=True, refusals=2))
    assert held(before) == {"a": None, "b": Guard.ROLLOUT, "c": Guard.ROLLOUT}


def test_starts_are_limited_by_what_runs_and_by_what_starts() -> None:
    """Neither the machine nor a provider is flooded."""
    cases = [down(in_sync(declared(name))) for name in ("a", "b", "c")]
    at_once = fleet_spec(limits=Limits(running=50, starts_at_once=2))
    running = fleet_spec(limits=Limits(running=5, starts_at_once=9))
    assert held(world(*cases, fleet=at_once, starting=1)) == {
        "a": None,
        "b": Guard.STARTS_LIMIT,
        "c": Guard.STARTS_LIMIT,
    }
    assert held(world(*cases, fleet=running, running=4)) == {
        "a": None,
        "b": Guard.RUNNING_LIMIT,
        "c": Guard.RUNNING_LIMIT,
    }


def test_what_is_being_started_counts_as_running() -> None:
    """Else the pass after the one that began it would let the next one through."""
    cases = [down(in_sync(declared(name))) for name in ("a", "b")]
    fleet = fleet_spec(limits=Limits(running=5, starts_at_once=9))
    assert held(world(*cases, fleet=fleet, running=3, starting=1)) == {"a": None, "b": Guard.RUNNING_LIMIT}


def mass(*cases: Case, **other: Any) -> World:
    guards = Guards(mass_change=MassChange(percent=30, at_least=3), delete_grace=20.0)
    return world(*cases, fleet=fleet_spec(guards=guards), **other)


def test_mass_of_stops_is_held_and_starts_go_on() -> None:
    """Four of ten files gone is more likely an accident than a wish."""
    stay = [in_sync(declared(f"s{n}")) for n in range(5)]
    found = held(mass(*stay, *(gone(f"g{n}") for n in range(4)), down(in_sync(declared("new")))))
    assert [name for name, guard in found.items() if guard] == ["g0", "g1", "g2", "g3"]
    assert found["new"] is None


def test_few_stops_pass() -> None:
    """Below the count, and at the percentage, the guard is silent."""
    stay = [in_sync(declared(f"s{n}")) for n in range(7)]
    assert set(held(mass(gone("g0"), gone("g1"))).values()) == {None}
    assert set(held(mass(*stay, *(gone(f"g{n}") for n in range(3)))).values()) == {None}


def test_approved_and_named_stops_pass_a_mass_change() -> None:
    """A saved plan approves exactly its sessions; `muster stop` names one."""
    cases = [gone(f"g{n}") for n in range(5)]
    named = remembered(cases[0], wanted=OneShot.STOP)
    found = held(mass(named, *cases[1:], approved=frozenset({"g1"})))
    assert found == {"g0": None, "g1": None, "g2": Guard.MASS_CHANGE, "g3": Guard.MASS_CHANGE, "g4": Guard.MASS_CHANGE}


def test_stops_that_wait_count_before_they_come() -> None:
    """Else a mass of busy sessions would be stopped one by one, as each becomes idle."""
    waiting = [
        replace(case, record=case.record.model_copy(update={"absent_since": None})) for case in (gone("a"), gone("b"))
    ]
    assert held(mass(*waiting, gone("c")))["c"] is Guard.MASS_CHANGE


def test_mass_of_stops_does_not_pass_one_by_one() -> None:
    """A partial pass looks at the whole world before it stops anything."""
    before = mass(*(gone(f"g{n}") for n in range(5)))
    (change,) = decide_some(before, ["g0", "nobody"])
    assert isinstance(change.action, Hold)
    assert change.action.guard is Guard.MASS_CHANGE


def test_approval_makes_no_plan_stale() -> None:
    """The digest of a plan that is held as a mass change is that of the plan that is then carried out."""
    before = mass(*(gone(f"g{n}") for n in range(5)))
    assert plan(replace(before, approved=frozenset(before.cases))).digest == plan(before).digest


def test_order_of_doing() -> None:
    """Stops make room, switches move, starts come last; people before AIs."""
    cases = [down(in_sync(declared("a"))), moving("b", origin="ai"), moving("c"), gone("d")]
    before = world(*cases)
    assert [change.session for change in in_order(plan(before).changes, before)] == ["d", "c", "b", "a"]


def test_plan_id_is_given_or_follows_from_what_is_decided() -> None:
    """Nothing in here is random."""
    before = world(moving("a"))
    assert plan(before, plan_id="mine").plan_id == "mine"
    assert plan(before).plan_id == plan(before).digest[:12]
