"""Prints the README's table of what was proven: ``python -m tests.e2e.table [RESULTS]``."""

import sys
from pathlib import Path
from typing import Any

from . import results
from .rows import ROWS
from .scenario import STEPS

_HEAD = ("agent", "version", "runtime", "steps passed", "edit to ready", "memory")


def row(story: dict[str, Any]) -> tuple[str, ...]:
    """One agent's cells."""
    passed = [step for step in story["steps"] if step["passed"]]
    failed = [step["step"] for step in story["steps"] if not step["passed"]]
    steps = f"{len(passed)} of {len(STEPS)}" + (f" (not: {', '.join(failed)})" if failed else "")
    seconds = f"{story['switch_seconds']:.1f} s" if story["switch_seconds"] else "–"
    memory = f"{story['memory'] / 1e6:.0f} MB" if story["memory"] else "–"
    return (story["agent"], story["version"], story["runtime"], steps, seconds, memory)


def table(stories: dict[str, Any]) -> str:
    """The table in Markdown, in the order of the scenario table."""
    cells = [_HEAD, ("---",) * len(_HEAD), *(row(stories[name]) for name in ROWS if name in stories)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


if __name__ == "__main__":
    print(table(results.read(Path(sys.argv[1]) if len(sys.argv) > 1 else results.FILE)))
