"""``muster validate``: the files as they are at this moment; every error with its place."""

import argparse
from typing import TYPE_CHECKING

from ..doors import reading
from ..errors import InvalidFiles
from . import parsing, places
from .console import Console

if TYPE_CHECKING:
    from ..model.loaded import Loaded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the form."""
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Read and print."""
    from ..model.problem import Severity
    from ..views import problems as view

    found = reading.loaded(places.settings(args))
    errors = [one for one in found.problems if one.severity is Severity.ERROR]
    if args.json:
        console.json(view.as_json(found.problems))
    else:
        if found.problems:
            console.line(view.as_text(found.problems, colour=not console.plain))
        console.line(_summary(found, len(errors)))
    return InvalidFiles.exit_code if errors else 0


def _summary(found: "Loaded", errors: int) -> str:
    sessions, warnings = len(found.sessions), len(found.problems) - errors
    parts = [_count(sessions, "session"), _count(errors, "error"), *([_count(warnings, "warning")] if warnings else [])]
    return ", ".join(parts)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
