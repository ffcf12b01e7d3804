"""What is said to be proven was proven: the README's table and the profiles' ``proven`` agree with the results kept."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.e2e import results, table
from tests.house.reading import ROOT, write


def readme_faults(root: Path) -> list[str]:
    found = table.BLOCK.findall((root / "README.md").read_text(encoding="utf-8"))
    return [] if found == [table.block(root)] else ["README.md's table is not of tests/e2e/results: write it anew"]


def proven_faults(root: Path) -> list[str]:
    """A version is in ``proven`` exactly when its kept run passed every step; demo is the embedded agent."""
    stories = {(one["agent"], one["runtime"]): one for one in results.read(root / results.KEPT).values()}
    wrong = [f"{name}'s result is of no profile" for name, _ in stories if not _profile(root, name).exists()]
    for path in sorted((root / "controller" / "agents").glob("[!_]*.yaml")):
        if path.stem == "demo":  # held to its promises by the other suites
            continue
        for runtime, said in YAML(typ="safe").load(path.read_text())["runtimes"].items():
            proven = [str(version) for version in said.get("proven", [])]
            if proven != (shown := _shown(stories.get((path.stem, runtime)))):
                wrong.append(f"{path.name} says that {runtime} is proven with {proven}, the results show {shown}")
    return wrong


def _profile(root: Path, name: str) -> Path:
    return root / "controller" / "agents" / f"{name}.yaml"


def _shown(story: dict[str, Any] | None) -> list[str]:
    return [story["version"]] if story and results.passed(story) else []


def test_the_readme_shows_the_results() -> None:
    assert readme_faults(ROOT) == []


def test_what_is_proven_was_passed() -> None:
    assert proven_faults(ROOT) == []


STEPS = [
    {"step": "one", "passed": True, "seconds": 1.0, "why": ""},
    {"step": "two", "passed": True, "seconds": 1.0, "why": ""},
]
STORY = {
    "agent": "one",
    "version": "1.2.3",
    "runtime": "tmux",
    "date": "2026-11-21",
    "strategy": "restart",
    "planned": 20,
    "of": 2,
    "steps": STEPS,
    "switches": [2.0, 2.08],
    "switch_seconds": 2.04,
    "memory": 1e8,
}
ACP = {"runtime": "acp", "adapter": "one-acp 3", "restart_seconds": 2.2, "keeper_memory": 1e7, "strategy": "in-place"}
ROW = "| one | 1.2.3 | `tmux` | restart | 2 of 2 | 2 | 2.0 s | 100 MB | 2026-11-21 |\n"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A repository with one agent, whose run was kept and shown."""
    shutil.copy(ROOT / "README.md", tmp_path)
    profile = "name: one\nruntimes: {tmux: {argv: [], proven: [1.2.3]}}\n"
    write(tmp_path, {"controller/agents/one.yaml": profile, "tests/e2e/results/one.json": json.dumps(STORY)})
    table.write(tmp_path, tmp_path / "none")
    return tmp_path


def test_a_table_that_was_written_is_right(house: Path) -> None:
    assert (readme_faults(house), proven_faults(house)) == ([], [])
    assert ROW in (house / "README.md").read_text()


def test_a_run_without_a_terminal_has_a_row_of_its_own_and_proves_its_own_runtime(house: Path) -> None:
    both = "name: one\nruntimes: {tmux: {argv: [], proven: [1.2.3]}, acp: {argv: [], proven: [1.2.3]}}\n"
    write(house, {"controller/agents/one.yaml": both, "tests/e2e/results/one.acp.json": json.dumps(STORY | ACP)})
    table.write(house, house / "none")

    assert (readme_faults(house), proven_faults(house)) == ([], [])
    row = "| one | 1.2.3, one-acp 3 | in-place | 2 of 2 | 2 | 2.040 s | 2.2 s | 100 MB | 10 MB | 2026-11-21 |\n"
    assert row in (house / "README.md").read_text()
    assert ROW in (house / "README.md").read_text()


def test_a_table_edited_by_hand_is_found(house: Path) -> None:
    page = house / "README.md"
    page.write_text(page.read_text().replace("2.0 s", "0.2 s"))

    assert readme_faults(house) != []


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "1.2.4"},
        {"steps": STEPS[:1]},
        {"steps": [*STEPS[:1], STEPS[1] | {"passed": False}]},
        {"runtime": "acp"},
    ],
)
def test_a_version_that_is_called_proven_and_was_not_is_found(house: Path, changed: dict[str, Any]) -> None:
    write(house, {"tests/e2e/results/one.json": json.dumps(STORY | changed)})

    assert len(proven_faults(house)) == 1


def test_a_result_of_nobody_is_found(house: Path) -> None:
    write(house, {"tests/e2e/results/two.json": json.dumps(STORY | {"agent": "two"})})

    assert proven_faults(house) == ["two's result is of no profile"]


def test_a_short_run_is_not_kept(house: Path) -> None:
    last = write(house / "last", {"one.json": json.dumps(STORY | {"planned": 5, "version": "2"})})

    assert results.take(house, last) == []
    assert results.read(house / results.KEPT)["one"]["version"] == "1.2.3"
