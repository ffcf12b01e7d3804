"""Imports: relative inside the package, down the floors, and nothing impure in a pure room."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.reading import ROOT, sources, standing, write

PURE = ("model", "resolve", "plan", "views", "wire")
CLOCKS = {"now", "utcnow", "today"}
# Methods of pathlib that touch the disk; paths as values are welcome.
DISK = {"exists", "glob", "is_dir", "is_file", "iterdir", "mkdir", "open", "read_bytes", "read_text", "resolve", "stat"}
DISK |= {"touch", "unlink", "write_bytes", "write_text"}


def absolute_imports(root: Path) -> list[str]:
    """Imports of our own package by its name: the name is generic, and may be another's in another's project."""
    return [
        f"{name} imports {module} by name; inside the package imports are relative"
        for name, tree in sources(root, "controller")
        for node in ast.walk(tree)
        for module in _absolute(node)
        if module.partition(".")[0] == "controller"
    ]


def _absolute(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module or ""]
    return []


def impurities(root: Path) -> list[str]:
    """What import-linter cannot see: the clock by datetime, the disk by pathlib, async, open and print."""
    return [
        f"{name}:{getattr(node, 'lineno', 0)} {what} in a pure room"
        for name, tree in sources(root, *(f"controller/{room}" for room in PURE))
        for node in ast.walk(tree)
        if (what := _impurity(node))
    ]


def _impurity(node: ast.AST) -> str | None:
    match node:
        case ast.AsyncFunctionDef():
            return "async"
        case ast.Call(func=ast.Name(id="open" | "print" | "input" as called)):
            return f"{called}()"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="datetime" | "date"), attr=attr)) if attr in CLOCKS:
            return f"the clock ({attr}())"
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="Path")), attr=attr)) if attr in DISK:
            return f"the disk ({attr}())"
    return None


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def stub_house(root: Path) -> Path:
    """Every room of the floors, empty, under the floors' own contracts."""
    contracts = (ROOT / "pyproject.toml").read_text()
    layers, strangers, *_ = tomllib.loads(contracts)["tool"]["importlinter"]["contracts"]
    rooms = [room.strip(" ()") for floor in layers["layers"] for room in floor.split("|")]
    tree = {"pyproject.toml": contracts, "controller/__init__.py": ""}
    tree |= {f"controller/{room}/__init__.py": "" for room in rooms}
    return write(root, tree | {f"{module.replace('.', '/')}.py": "" for module in strangers["modules"]})


def test_our_own_package_is_never_imported_by_name() -> None:
    assert absolute_imports(ROOT) == []


def test_an_import_by_name_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"controller/a.py": "import controller.b\nfrom controller import c\nfrom . import d\n"})

    assert len(absolute_imports(tmp_path)) == 2


def test_pure_rooms_do_no_io_and_ask_no_clock() -> None:
    assert impurities(ROOT) == []


@pytest.mark.parametrize(
    "line", ["print(1)", "open('x')", "datetime.now(UTC)", "date.today()", "Path('x').exists()", "async def f(): ..."]
)
def test_an_impure_line_is_found(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"controller/plan/a.py": f"{line}\n", "controller/load/a.py": f"{line}\n"})

    assert len(impurities(tmp_path)) == 1


def test_floors_hold() -> None:
    standing("controller/cli", "controller/wiring.py", "controller/runtimes/tmux.py", "controller/views")
    linted = lint_imports(ROOT)

    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_floors_hold_in_an_empty_house(tmp_path: Path) -> None:
    linted = lint_imports(stub_house(tmp_path))

    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize(
    "module,text,broken",
    [
        pytest.param("model/up.py", "from .. import settings", "Floors", id="up"),
        pytest.param("load/side.py", "from .. import observe", "Floors", id="sideways"),
        pytest.param("attic/__init__.py", "", "Floors", id="a room on no floor"),
        pytest.param("runtimes/tmux.py", "from . import process", "Runtimes", id="runtimes"),
        pytest.param("plan/clock.py", "import time", "Pure", id="clock"),
        pytest.param(
            "views/far.py", "from .. import settings\nfrom ..model import x", "Pure", id="through another room"
        ),
        pytest.param("load/one.py", "from . import two", "No cycles", id="cycle"),
    ],
)
def test_a_broken_floor_is_found(tmp_path: Path, module: str, text: str, broken: str) -> None:
    house = stub_house(tmp_path)
    write(house, {"controller/load/two.py": "from . import one\n", "controller/model/x.py": ""})
    write(house, {"controller/load/one.py": "", "controller/settings/__init__.py": "import os\n"})
    write(house, {f"controller/{module}": f"{text}\n"})
    linted = lint_imports(house)

    assert linted.returncode == 1
    assert broken in "".join(line for line in linted.stdout.splitlines() if line.endswith("BROKEN"))
