"""Every file of good/ and bad/: drop one in, with what is expected of a bad one beside it."""

from pathlib import Path

import pytest

from controller.model.problem import Problem
from tests.unit.load.world import World

HERE = Path(__file__).parent
GOOD = sorted((HERE / "good").glob("*.yaml"))
BAD = sorted((HERE / "bad").glob("*.yaml"))


def target(case: Path) -> str:
    """A case whose name starts with fleet- is a fleet file."""
    return "_fleet.yaml" if case.stem.startswith("fleet-") else case.name


def problems(world: World, case: Path) -> list[Problem]:
    """What is said of a case's file."""
    (world.directory / target(case)).write_bytes(case.read_bytes())
    loaded = world.settled()
    return [problem for problem in loaded.problems if problem.mark.file.endswith(f"/{target(case)}")]


def told(problem: Problem) -> str:
    """A problem as an .expect file has it."""
    mark = problem.mark
    hint = f" | {problem.hint}" if problem.hint else ""
    return f"{mark.line}:{mark.column} {problem.severity} {problem.code}: {problem.message}{hint}"


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.stem)
def test_good(world: World, case: Path) -> None:
    """What people may write is taken without a word."""
    assert problems(world, case) == []
    stem = "fleet" if target(case) == "_fleet.yaml" else case.stem
    assert stem == "fleet" or any(one.file.endswith(case.name) for one in world.settled().sessions.values())


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.stem)
def test_bad(world: World, case: Path) -> None:
    """Each error is told at its line and column, with its code and what to write instead."""
    assert "\n".join(map(told, problems(world, case))) == case.with_suffix(".expect").read_text().rstrip("\n")


def test_every_expectation_has_its_case() -> None:
    """An .expect without its file would never be looked at."""
    assert {path.stem for path in (HERE / "bad").glob("*.expect")} == {path.stem for path in BAD}
