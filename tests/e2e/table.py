"""The README's table of what was proven: ``python -m tests.e2e.table`` prints the last runs on this machine.

With ``--write`` the last whole runs go into ``results/``, and the README's table is made of what is there.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from . import results

ROOT: Final = Path(__file__).resolve().parents[2]
_BEGIN: Final = "<!-- made by `python -m tests.e2e.table --write` from tests/e2e/results; not by hand -->\n"
_END: Final = "<!-- end of what was made -->\n"
BLOCK: Final = re.compile(f"(?<={re.escape(_BEGIN)}).*?(?={re.escape(_END)})", re.DOTALL)
_HEAD = (
    "agent",
    "version",
    "runtime",
    "a switch",
    "steps passed",
    "switches",
    "edit to ready, median",
    "memory",
    "run on",
)


def row(story: dict[str, Any]) -> tuple[str, ...]:
    """One agent's cells."""
    good = [step for step in story["steps"] if step["passed"]]
    failed = [step["step"] for step in story["steps"] if not step["passed"]]
    steps = f"{len(good)} of {story['of']}" + (f" (not: {', '.join(failed)})" if failed else "")
    seconds = f"{story['switch_seconds']:.1f} s" if story["switch_seconds"] else "–"
    memory = f"{story['memory'] / 1e6:.0f} MB" if story["memory"] else "–"
    return (
        story["agent"],
        story["version"],
        f"`{story['runtime']}`",
        story["strategy"] or "–",
        steps,
        str(len(story["switches"])),
        seconds,
        memory,
        story["date"],
    )


def table(stories: Iterable[dict[str, Any]]) -> str:
    """The table in Markdown: whoever passed most steps first, then by name."""
    ordered = sorted(stories, key=lambda one: (-sum(step["passed"] for step in one["steps"]), one["agent"]))
    cells = [_HEAD, ("---",) * len(_HEAD), *map(row, ordered)]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def block(root: Path) -> str:
    """What has to stand between the README's two marks."""
    return f"\n{table(results.read(root / results.KEPT).values())}\n"


def write(root: Path, last: Path = results.LAST) -> None:
    """Bring the last whole runs and the README's table up to date."""
    results.take(root, last)
    page = root / "README.md"
    page.write_text(BLOCK.sub(lambda _: block(root), page.read_text()))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write(ROOT)
    print(table(results.read(results.LAST).values()), end="")
