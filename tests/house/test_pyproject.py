"""pyproject.toml gives a reason for each thing it asks for and each rule it sets aside."""

import re
import tomllib
from pathlib import Path

from tests.house.reading import ROOT, write

# A rule or a requirement in a list: "E501", or "psutil>=7.1,<8",
ENTRY = re.compile(r'^\s+"(?:[A-Z]+\d*|[a-z][a-z.-]*[<>=~]=?[^"]*)",(?P<reason>.*)$')


def unreasoned(root: Path) -> list[str]:
    """Lines that set a rule aside or ask for a package and do not say why."""
    lines = (root / "pyproject.toml").read_text().splitlines()
    return [
        f"pyproject.toml:{number} gives no reason: {line.strip()}"
        for number, line in enumerate(lines, start=1)
        if (entry := ENTRY.match(line)) and not re.search(r"#\s*\w", entry["reason"]) and '["ALL"]' not in line
    ]


def test_every_requirement_and_every_exception_has_a_reason() -> None:
    assert unreasoned(ROOT) == []


def test_psutil_stays_below_8() -> None:
    """Since 8 it caches prefetched values on the object: a stale status would look fresh."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert any(re.fullmatch(r"psutil[^#]*<8", entry) for entry in asked)


def test_types_are_strict_everywhere() -> None:
    """In the package and in its tests, with no part let off; CI runs it."""
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]

    assert (mypy["strict"], mypy["files"], mypy.get("overrides", [])) == (True, ["controller", "tests"], [])
    assert re.search(r"^for target in .*\btypes\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def test_a_missing_reason_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": 'x = [\n  "E501",\n  "EM101",  # because\n  "pytest>=9",\n  "a.b", \n]\n'})

    assert [fault.split(" ")[0] for fault in unreasoned(tmp_path)] == ["pyproject.toml:2", "pyproject.toml:4"]
