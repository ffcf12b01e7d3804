"""The schemas that editors read are the ones the model gives: `make schemas` writes them."""

import subprocess
import sys
from pathlib import Path

from tests.house.reading import ROOT, standing, write


def stale(committed: Path, fresh: Path) -> list[str]:
    """Names of schemas that differ, or that only one side has."""
    names = {path.name for place in (committed, fresh) for path in place.glob("*.json")}
    return sorted(name for name in names if _text(committed / name) != _text(fresh / name))


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def test_schemas_are_fresh(tmp_path: Path) -> None:
    standing("controller/__main__.py", "controller/cli/schema.py")
    command = [sys.executable, "-P", "-m", "controller", "schema", "--write", str(tmp_path)]
    written = subprocess.run(command, capture_output=True, text=True, check=False)

    assert written.returncode == 0, written.stderr
    assert list(tmp_path.glob("*.json"))
    assert stale(ROOT / "schemas", tmp_path) == []


def test_a_stale_missing_or_forgotten_schema_is_found(tmp_path: Path) -> None:
    write(tmp_path / "committed", {"same.json": "1", "stale.json": "1", "forgotten.json": "1"})
    write(tmp_path / "fresh", {"same.json": "1", "stale.json": "2", "missing.json": "1"})

    assert stale(tmp_path / "committed", tmp_path / "fresh") == ["forgotten.json", "missing.json", "stale.json"]
