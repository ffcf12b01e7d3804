"""The tests themselves: no patch of our own code, no sleep."""

import ast
from pathlib import Path

import pytest

from tests.house.reading import ROOT, sources, write

# The one place that may sleep, and programs that play an agent that takes its time.
SLEEPERS = ("tests/waiting.py", "stub_agents/")


def patches(root: Path) -> list[str]:
    """Mocks and patched attributes: a fake that passes the contract is what stands in for a part."""
    return [
        f"{name}:{getattr(node, 'lineno', 0)} {what}; pass a fake instead"
        for name, tree in sources(root, "tests")
        for node in ast.walk(tree)
        if (what := _patch(node))
    ]


def _patch(node: ast.AST) -> str | None:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="monkeypatch" | "mp"), attr="setattr" | "delattr" as attr)):
            return f"patches by {attr}"
        case ast.ImportFrom(module="unittest.mock" | "mock"):
            return "imports mock"
        case ast.ImportFrom(module="unittest", names=names) | ast.Import(names=names):
            return "imports mock" if any(a.name in {"mock", "unittest.mock"} for a in names) else None
        case ast.arg(arg="mocker"):
            return "asks for mocker"
    return None


def sleeps(root: Path) -> list[str]:
    """Calls of sleep; `asyncio.sleep(0)` gives way and waits for nothing."""
    return [
        f"{name}:{node.lineno} sleeps; wait for the fact with wait_for"
        for name, tree in sources(root, "tests")
        if not any(sleeper in name for sleeper in SLEEPERS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _is_sleep(node)
    ]


def _is_sleep(call: ast.Call) -> bool:
    match call:
        case ast.Call(func=ast.Attribute(attr="sleep"), args=[ast.Constant(value=0)]):
            return False
        case ast.Call(func=ast.Attribute(value=ast.Name(id="time" | "asyncio" | "anyio"), attr="sleep")):
            return True
    return isinstance(call.func, ast.Name) and call.func.id == "sleep"


def test_no_test_patches_our_code() -> None:
    assert patches(ROOT) == []


def test_no_test_sleeps() -> None:
    assert sleeps(ROOT) == []


@pytest.mark.parametrize(
    "line",
    [
        "monkeypatch.setattr('a.b', 1)",
        "from unittest import mock",
        "from unittest.mock import patch",
        "import unittest.mock",
        "def test(mocker): ...",
    ],
)
def test_a_patch_is_found(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"tests/a.py": f"{line}\nmonkeypatch.setenv('A', '1')\n"})

    assert len(patches(tmp_path)) == 1


@pytest.mark.parametrize("line", ["time.sleep(1)", "await asyncio.sleep(0.1)", "sleep(1)"])
def test_a_sleep_is_found(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"tests/a.py": f"async def f():\n  {line}\n  await asyncio.sleep(0)\n"})

    assert len(sleeps(tmp_path)) == 1
