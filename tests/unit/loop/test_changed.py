"""Which sessions a reading of the files is about: only those are looked at before all are."""

from dataclasses import replace

import pytest

from controller.loop.tidings import changed
from controller.model.desired import Declared
from controller.model.fleet import FleetSpec
from controller.model.loaded import Fleet, Loaded
from controller.model.problem import Code, Mark, Problem
from controller.model.session import SessionSpec

FLEET = Fleet(spec=FleetSpec.model_validate_json("{}"), marks={})
WRONG = Problem(mark=Mark("/d/ann.yaml", 1, 1), code=Code.SYNTAX, message="cannot read the file")


def declared(name: str) -> Declared:
    return Declared(name=name, spec=SessionSpec(), file=f"/d/{name}.yaml", marks={})


ANN, BOB = declared("ann"), declared("bob")
BEFORE = Loaded(sessions={"ann": ANN, "bob": BOB}, fleet=FLEET, profiles={}, overlaid={})


@pytest.mark.parametrize(
    "now, names",
    [
        ({"ann": replace(ANN), "bob": replace(BOB)}, set()),
        ({"ann": declared("ann"), "bob": BOB}, {"ann"}),
        ({"bob": BOB}, {"ann"}),
        ({"ann": ANN, "bob": BOB, "eve": declared("eve")}, {"eve"}),
        ({"ann": replace(ANN, problems=(WRONG,)), "bob": BOB}, {"ann"}),
        ({"ann": replace(ANN, here=False), "bob": BOB}, {"ann"}),
        ({"ann": replace(ANN, file="/d/other.yaml"), "bob": BOB}, {"ann"}),
    ],
)
def test_only_the_sessions_that_changed(now: dict[str, Declared], names: set[str]) -> None:
    """Read anew, a file that did not change keeps its value."""
    assert changed(BEFORE, replace(BEFORE, sessions=now)) == frozenset(names)


@pytest.mark.parametrize(
    "before, after",
    [
        (None, BEFORE),
        (BEFORE, replace(BEFORE, fleet=replace(FLEET))),
        (BEFORE, replace(BEFORE, doubtful=("/d",))),
    ],
)
def test_what_all_sessions_depend_on_is_about_all(before: Loaded | None, after: Loaded) -> None:
    """The first reading, another fleet, a directory in doubt."""
    assert changed(before, after) is None
