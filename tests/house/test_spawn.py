"""One way to start ourselves: `[sys.executable, "-P", "-m", "controller", ...]`, built in one place.

Our children run in other people's repositories, which may hold a folder of our package's name: without -P it is run.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.house.reading import ROOT, sources, standing, write

FORM = ["-P", "-m", "controller"]
# The embedded agent plays somebody else's program: what it starts is not Muster.
FOREIGN = "controller/agents/"
SHELL_FORM = re.compile(r"-m\s+controller\b")


def spawns(root: Path) -> tuple[list[str], list[str]]:
    """The places that build the one form, and the faults: every other way to our own interpreter."""
    places, faults = [], []
    for name, tree in sources(root, "controller"):
        built = [node for node in ast.walk(tree) if isinstance(node, ast.List | ast.Tuple) and _is_form(node)]
        inside = {id(part) for node in built for part in ast.walk(node)}
        places += [f"{name}:{node.lineno}" for node in built]
        for node in ast.walk(tree):
            foreign = name.startswith(FOREIGN) and _is_executable(node)
            if id(node) not in inside and not foreign and (what := _other_way(node)):
                faults.append(
                    f"{name}:{getattr(node, 'lineno', 0)} {what}; call the one place that builds our own argv"
                )
    return places, faults


def _is_form(node: ast.List | ast.Tuple) -> bool:
    first = node.elts[: len(FORM) + 1]
    values = [part.value for part in first[1:] if isinstance(part, ast.Constant)]
    return bool(first) and _is_executable(first[0]) and values == FORM


def _is_executable(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.executable"


def _other_way(node: ast.AST) -> str | None:
    if _is_executable(node):
        return "uses sys.executable"
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and SHELL_FORM.search(node.value):
        return "writes '-m controller'"
    return None


def test_our_own_argv_is_built_in_one_place() -> None:
    standing("controller/apply", "controller/wiring.py", "controller/runtimes/process.py")
    places, _ = spawns(ROOT)

    assert len(places) == 1, places


def test_nobody_goes_another_way() -> None:
    _, faults = spawns(ROOT)

    assert faults == []


def test_the_one_form_is_recognised(tmp_path: Path) -> None:
    write(tmp_path, {"controller/a.py": "def argv(*rest): return [sys.executable, '-P', '-m', 'controller', *rest]\n"})

    assert spawns(tmp_path) == (["controller/a.py:1"], [])


@pytest.mark.parametrize(
    "line",
    [
        "[sys.executable, '-m', 'controller', 'run']",
        "[sys.executable, '-c', 'pass']",
        "'python -P -m controller run'",
        "[sys.executable, '-P', '-m', 'elsewhere']",
    ],
)
def test_another_form_is_found(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"controller/a.py": f"x = {line}\n", "controller/agents/b.py": "x = [sys.executable, '-c', '1']\n"})
    places, faults = spawns(tmp_path)

    assert places == []
    assert len(faults) == 1
