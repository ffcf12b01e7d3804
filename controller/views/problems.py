"""What is wrong in the files: ``file:line:column: message``, with the hint under it."""

from collections.abc import Iterable
from typing import Any

from ..model.problem import Problem, Severity
from . import SCHEMA_VERSION
from .text import Colour, painted, safe


def as_text(problems: Iterable[Problem], *, colour: bool = False) -> str:
    """Return one line a problem in the form that editors jump to, and its hint under it."""
    return "\n".join(line for problem in problems for line in _lines(problem, colour=colour))


def as_json(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return the document of ``validate --json``."""
    return {"schema_version": SCHEMA_VERSION, "errors": entries(problems)}


def entries(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return the ``errors`` of a document; warnings are among them, by their severity."""
    return [
        {
            "file": problem.mark.file,
            "line": problem.mark.line,
            "column": problem.mark.column,
            "code": problem.code.value,
            "message": problem.message,
            "hint": problem.hint,
            "severity": problem.severity.value,
            "session": problem.session,
        }
        for problem in problems
    ]


def _lines(problem: Problem, *, colour: bool) -> list[str]:
    bad = problem.severity is Severity.ERROR
    word = painted(problem.severity.value, Colour.BAD if bad else Colour.CAREFUL, wanted=colour)
    line = f"{safe(str(problem.mark))}: {word}: {safe(problem.message)} [{problem.code.value}]"
    return [line, f"    {safe(problem.hint)}"] if problem.hint else [line]
