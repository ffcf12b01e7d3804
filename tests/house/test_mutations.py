"""The list of tests/mutation fits the tree: each one can be made, its tests are there, and no guard is left out."""

from pathlib import Path

import pytest

from controller.model.plan import Guard
from tests.house.reading import ROOT, write
from tests.mutation.mutations import CannotBreak, Mutation, read

SOURCE = (
    'class A:\n    def b(self, x):\n        """Say."""\n        if x > 1:\n            return 2\n        return 3\n'
)


def faults(root: Path, guards: set[str]) -> list[str]:
    """Mutations that cannot be made, that stand twice there, whose tests are gone; and guards without one."""
    listed, found = read(root), []
    for one in listed:
        try:
            compile(one.broken((root / one.file).read_text(encoding="utf-8")), one.at, "exec")
        except (CannotBreak, OSError, SyntaxError) as error:
            found.append(f"{one.breaks}: {error}")
        gone = [test for test in one.held_by if not (root / "tests" / test.partition("::")[0]).exists()]
        found += [f"{one.breaks}: no {test}" for test in gone]
        found += [f"{one.breaks}: held by nothing"] if not one.held_by else []
    names = [one.breaks for one in listed]
    found += [f"{name}: twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    return found + [f"the guard {guard} is not broken" for guard in sorted(guards - {one.guard for one in listed})]


def mutation(**said: str) -> Mutation:
    return Mutation(breaks="it", held_by=("x",), **({"at": "a.py::A.b"} | said))


def test_every_mutation_can_be_made_and_no_guard_is_left_out() -> None:
    assert faults(ROOT, {guard.value for guard in Guard}) == []


def test_a_function_returns_at_once() -> None:
    assert mutation(returns="None").broken(SOURCE) == SOURCE.replace(
        "        if x", "        return None\n        if x"
    )


def test_a_text_is_replaced_in_its_function_alone() -> None:
    assert (
        mutation(replace="x > 1", by="True").broken(SOURCE + "x > 1\n") == SOURCE.replace("x > 1", "True") + "x > 1\n"
    )


@pytest.mark.parametrize(
    "said",
    [{"returns": "1", "at": "a.py::A.c"}, {"returns": "1", "at": "a.py::A"}, {"replace": "return", "by": ""}, {}],
    ids=["no such function", "a class", "twice there", "nothing said"],
)
def test_what_cannot_be_made_is_said(said: dict[str, str]) -> None:
    with pytest.raises(CannotBreak):
        mutation(**said).broken(SOURCE)


def test_a_list_that_no_longer_fits_is_found(tmp_path: Path) -> None:
    entries = "- {breaks: one, at: a.py::A.b, returns: 1, held_by: [unit/test_gone.py]}\n"
    entries += "- {breaks: one, at: a.py::gone, returns: 1, held_by: []}\n"
    write(tmp_path, {"tests/mutation/mutations.yaml": entries, "controller/a.py": SOURCE})

    assert faults(tmp_path, {"busy"}) == [
        "one: no unit/test_gone.py",
        "one: one: 0 times gone in controller/a.py",
        "one: held by nothing",
        "one: twice",
        "the guard busy is not broken",
    ]
