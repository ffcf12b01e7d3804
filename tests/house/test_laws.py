"""Every law is in the table of tests/LAWS.md, and every test that the table names exists."""

import ast
import re
from pathlib import Path

from tests.house.reading import ROOT, functions, write

TABLE = Path("tests/LAWS.md")
LAWS = range(1, 16)
ROW = re.compile(r"\| (\d+) \|.*\|(.*)\|")
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


def faults(root: Path) -> list[str]:
    """Laws that nothing holds, and tests that are not there."""
    rows = [match for line in (root / TABLE).read_text().splitlines() if (match := ROW.fullmatch(line))]
    held = {int(row[1]): TEST.findall(row[2]) for row in rows}
    found = [f"law {law} is held by no test" for law in LAWS if not held.get(law)]
    found += [f"law {law} is none of the {LAWS[-1]}" for law in held if law not in LAWS]
    for law, tests in held.items():
        found += [f"law {law}: no {file}::{name}" for file, name in tests if name not in _tests(root / "tests" / file)]
    return found


def _tests(path: Path) -> set[str]:
    return {function.name for function in functions(ast.parse(path.read_text()))} if path.exists() else set()


def test_every_law_is_held_by_tests_that_exist() -> None:
    assert faults(ROOT) == []


def test_a_law_without_tests_and_a_test_that_is_gone_are_found(tmp_path: Path) -> None:
    rows = "".join(f"| {law} | short | `unit/test_a.py::test_there` |\n" for law in LAWS if law != 7)
    rows += "| 16 | more | `unit/test_a.py::test_there`<br>`unit/test_a.py::test_gone`<br>`b.py::test_there` |\n"
    write(tmp_path, {str(TABLE): rows, "tests/unit/test_a.py": "class A:\n  async def test_there(self): ...\n"})

    assert faults(tmp_path) == [
        "law 7 is held by no test",
        "law 16 is none of the 15",
        "law 16: no unit/test_a.py::test_gone",
        "law 16: no b.py::test_there",
    ]
