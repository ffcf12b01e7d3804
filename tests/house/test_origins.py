"""Every promise of the systems before is in tests/origins/criteria.yaml, and every test that it names is collected."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.house.reading import ROOT, write

TABLE = Path("tests/origins/criteria.yaml")
LINES = {"TeleClaude": 19, "dispatch": 13, "Flynn": 29, "Kandev": 25, "Conflicts between them": 5}
"""How many lines section 6 of facts/origins.md has for each."""


def faults(root: Path, lines: dict[str, int]) -> list[str]:
    """Lines that are missing or twice there, that nothing holds, and tests that pytest does not find."""
    table: dict[str, list[dict[str, Any]]] = YAML(typ="safe", pure=True).load(root / TABLE)
    found = [
        f"{system}: {len(table.get(system, []))} lines, not {lines.get(system, 0)}"
        for system in dict.fromkeys([*lines, *table])
        if len(table.get(system, [])) != lines.get(system, 0)
    ]
    rows = [(f"{system}: {row['line']}", row) for system, its in table.items() for row in its]
    names = [name for name, _ in rows]
    found += [f"{name}: twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    found += [f"{name}: held by nothing" for name, row in rows if not row.get("held_by")]
    found += [f"{name}: {key}?" for name, row in rows for key in row.keys() - {"line", "held_by", "does_not_apply"}]
    tests = _collected(root, {test.partition("::")[0] for _, row in rows for test in row.get("held_by", ())})
    return found + [f"{name}: no {test}" for name, row in rows for test in row.get("held_by", ()) if test not in tests]


def _collected(root: Path, files: set[str]) -> set[str]:
    """Every name by which a collected test may be called: its file, its function, its case."""
    there = [f"tests/{file}" for file in sorted(files) if (root / "tests" / file).exists()]
    if not there:
        return set()
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, "-o", "addopts=--import-mode=importlib", *there],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    names = {line.removeprefix("tests/") for line in done.stdout.splitlines() if line.startswith("tests/")}
    assert names, done.stdout + done.stderr
    return names | {name.partition("[")[0] for name in names} | {name.partition("::")[0] for name in names}


def test_every_criterion_is_held_by_tests_that_are_collected() -> None:
    assert faults(ROOT, LINES) == []


def test_a_line_that_is_missing_and_a_test_that_is_gone_are_found(tmp_path: Path) -> None:
    """A test that exists and is not collected is gone as well."""
    rows = "- {line: x, held_by: [a/test_a.py::test_there, 'a/test_a.py::test_there[one]', a/test_a.py]}\n"
    rows += "- {line: y, held_by: [a/test_a.py::test_gone, a/test_a.py::helps, b/test_b.py::test_there]}\n"
    rows += "- {line: z, does_not_apply: because}\n- {line: z, held_by: [a/test_a.py], says: more}\n"
    test = "import pytest\n\n@pytest.mark.parametrize('a', ['one'])\ndef test_there(a): ...\n\ndef helps(): ...\n"
    write(tmp_path, {str(TABLE): f"One:\n{rows}Two: []\n", "tests/a/test_a.py": test, "pyproject.toml": ""})

    assert faults(tmp_path, {"One": 5, "Three": 1}) == [
        "One: 4 lines, not 5",
        "Three: 0 lines, not 1",
        "One: z: twice",
        "One: z: held by nothing",
        "One: z: says?",
        "One: y: no a/test_a.py::test_gone",
        "One: y: no a/test_a.py::helps",
        "One: y: no b/test_b.py::test_there",
    ]
