"""Each room and module says in its first lines what it does; a room also what it must not."""

import ast
from pathlib import Path

from tests.house.reading import ROOT, sources, write


def silent(root: Path) -> list[str]:
    return [
        f"{name} says nothing of itself" for name, tree in sources(root, "controller") if not ast.get_docstring(tree)
    ]


def test_every_room_and_module_says_what_it_is() -> None:
    assert silent(ROOT) == []


def test_a_silent_module_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"controller/a/__init__.py": "", "controller/b.py": "'''Say.'''\n"})

    assert silent(tmp_path) == ["controller/a/__init__.py says nothing of itself"]
