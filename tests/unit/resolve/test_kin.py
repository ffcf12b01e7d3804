"""Who spawned whom, who steers whom, and what all sessions together allow an AI."""

from pathlib import PurePath

import pytest

from controller.model.asker import HUMAN, Asker
from controller.model.fleet import AiLimits, Defaults, FleetSpec
from controller.model.session import Children, Origin, RunState, SessionSpec
from controller.resolve.kin import Kin, ancestors, beyond, children, steers, stopped_by

HOME = PurePath("/home/ann")


def ai(parent: str | None = None, **words: object) -> SessionSpec:
    return SessionSpec.model_validate({"origin": Origin.AI, "parent": parent, **words}, strict=False)


FAMILY = {"boss": SessionSpec(), "one": ai("boss"), "two": ai("one"), "other": SessionSpec(), "lost": ai("nobody")}


def refused(
    specs: dict[str, SessionSpec], before: frozenset[str] = frozenset(), **limits: object
) -> list[tuple[str, str]]:
    """Which sessions are beyond a limit, and by which word."""
    here = frozenset(name for name, spec in specs.items() if spec.origin is Origin.AI)
    places = {name: HOME / (spec.cwd or "") for name, spec in specs.items()}
    kin = Kin(specs=specs, places=places, here=here, before=before)
    return [(name, one.path) for name, one in beyond(kin, AiLimits.model_validate(limits))]


def test_a_line_of_parents_ends_where_nobody_did_or_where_it_comes_round() -> None:
    assert ancestors("two", FAMILY) == ("one", "boss")
    assert ancestors("lost", FAMILY) == ("nobody",)
    assert ancestors("a", {"a": ai("b"), "b": ai("a")}) == ("b", "a")
    assert children("boss", FAMILY) == ("one",)


@pytest.mark.parametrize(
    "asker, names",
    [
        ("boss", {"boss", "one", "two"}),
        ("one", {"one", "two"}),
        ("two", {"two"}),
        ("nobody", {"lost"}),
        ("other", {"other"}),
    ],
)
def test_an_ai_steers_its_own_line_downwards(asker: str, names: set[str]) -> None:
    assert {name for name in FAMILY if steers(Asker(Origin.AI, asker), name, FAMILY)} == names
    assert all(steers(HUMAN, name, FAMILY) for name in FAMILY)


def test_a_session_without_a_name_steers_nobody() -> None:
    """An AI whose session is not known is not the parent of those that nobody spawned."""
    assert not any(steers(Asker(Origin.AI, None), name, FAMILY) for name in FAMILY)


def test_the_newest_are_too_many() -> None:
    """Who counted before goes on, whatever the names; stopped ones and people's do not count."""
    specs = {"a": ai(), "b": ai(), "c": ai(), "d": ai(state=RunState.STOPPED), "e": SessionSpec()}
    assert refused(specs, sessions=2) == [("c", "origin")]
    assert refused(specs, frozenset({"b", "c"}), sessions=2) == [("a", "origin")]
    assert refused(specs, sessions=0) == [("a", "origin"), ("b", "origin"), ("c", "origin")]


def test_generations_are_counted_from_whom_nobody_spawned() -> None:
    assert refused(FAMILY, depth=2) == []
    assert refused(FAMILY, depth=1) == [("two", "parent")]
    assert refused(FAMILY, depth=0) == [("one", "parent"), ("two", "parent"), ("lost", "parent")]


def test_parents_that_come_round_are_refused_where_ais_say_so() -> None:
    assert refused({"a": ai("b"), "b": SessionSpec(parent="a")}, depth=9) == [("a", "parent")]


def test_a_child_runs_below_its_parents_directory() -> None:
    """Unless the fleet says where AIs may run; then that alone counts."""
    specs = {"boss": SessionSpec(cwd="work"), "in": ai("boss", cwd="work/a"), "out": ai("boss", cwd="works")}
    assert refused(specs) == [("out", "cwd")]
    assert refused(specs, cwd=["~"]) == []


def test_a_stop_goes_down_only_where_every_parent_says_so() -> None:
    """The file's word counts before the fleet's; a parent that says keep ends it."""
    stop = {"children": Children.STOP}
    line = {
        "a": SessionSpec(state=RunState.STOPPED, children=Children.STOP),
        "b": ai("a", **stop),
        "c": ai("b"),
        "d": ai("c"),
    }
    keep, all_stop = FleetSpec(), FleetSpec(defaults=Defaults(children=Children.STOP))
    assert [stopped_by(name, line, keep) for name in line] == [None, "a", "a", None]
    assert [stopped_by(name, line, all_stop) for name in line] == [None, "a", "a", "a"]
    assert stopped_by("b", {**line, "a": SessionSpec(children=Children.STOP)}, keep) is None
