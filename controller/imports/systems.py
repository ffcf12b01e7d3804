"""The one table of systems whose records can be brought in. None is imported here."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from ..model.imported import Found

SYSTEMS: Final = ("dispatch", "teleclaude", "flynn", "kandev")
"""Each is a module of this room, with ``found(paths)``, and a YAML file of its words."""


def found(system: str, paths: Sequence[Path]) -> Found:
    """Return what the files of a system hold."""
    result: Found = import_module(f".{system}", __package__).found(paths)
    return result
