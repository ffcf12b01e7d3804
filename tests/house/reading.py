"""What the checks of the house read. A check is a function from a root path to a list of faults, one sentence each."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPED = {".git", "__pycache__", "node_modules", "build", "dist"}
KEPT = {".ci", ".github", ".gitignore"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def files(root: Path, pattern: str = "*") -> list[Path]:
    """Every file of the repository that matches; no caches, no environments, nothing hidden but CI."""
    return sorted(path for path in _walk(root) if path.match(pattern))


def _walk(top: Path) -> Iterator[Path]:
    for path in sorted(top.iterdir()):
        if path.name in SKIPPED or (path.name.startswith(".") and path.name not in KEPT):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.is_file():
            yield path


def sources(root: Path, *rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and syntax tree of every Python file in these folders of the root."""
    for room in rooms:
        top = root / room
        for path in files(top, "*.py") if top.is_dir() else [top.with_suffix(".py")] * top.with_suffix(".py").exists():
            yield str(path.relative_to(root)), ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, however deep."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def words(name: str) -> list[str]:
    """The words of a snake_case or CamelCase name, in lower case."""
    return [word.lower() for word in WORD.findall(name)]


def write(root: Path, tree: dict[str, str]) -> Path:
    """Build a small tree of files: the broken house in which a check must find its fault."""
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def standing(*names: str) -> None:
    """Go on only where these files stand: the house is being built."""
    if missing := [name for name in names if not (ROOT / name).exists()]:
        pytest.skip(f"not built yet: {', '.join(missing)}")
