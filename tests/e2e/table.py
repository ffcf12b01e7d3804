"""The README's tables of what was proven: ``python -m tests.e2e.table`` prints the last runs on this machine.

With ``--write`` the last whole runs go into ``results/``, and the README's tables are made of what is there.
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
_ACP_HEAD = (
    "agent, without a terminal",
    "version",
    "a switch",
    "steps passed",
    "switches",
    "edit to confirmed in place, median",
    "edit to ready by a restart, median",
    "memory",
    "of its keeper",
    "run on",
)


def row(story: dict[str, Any]) -> tuple[str, ...]:
    """One agent's cells."""
    return (
        story["agent"],
        story["version"],
        f"`{story['runtime']}`",
        story["strategy"] or "–",
        _steps(story),
        str(len(story["switches"])),
        _seconds(story["switch_seconds"], 1),
        _memory(story["memory"]),
        story["date"],
    )


def acp_row(story: dict[str, Any]) -> tuple[str, ...]:
    """One agent's cells without a terminal; one that is always restarted has no time in place."""
    in_place = story["strategy"] == "in-place"
    return (
        story["agent"],
        f"{story['version']}, {story['adapter']}" if story["adapter"] else story["version"],
        story["strategy"] or "–",
        _steps(story),
        str(len(story["switches"])),
        _seconds(story["switch_seconds"] if in_place else None, 3),
        _seconds(story["restart_seconds"], 1),
        _memory(story["memory"]),
        _memory(story["keeper_memory"]),
        story["date"],
    )


def _steps(story: dict[str, Any]) -> str:
    good = [step for step in story["steps"] if step["passed"]]
    failed = [step["step"] for step in story["steps"] if not step["passed"]]
    return f"{len(good)} of {story['of']}" + (f" (not: {', '.join(failed)})" if failed else "")


def _seconds(said: float | None, digits: int) -> str:
    return f"{said:.{digits}f} s" if said else "–"


def _memory(said: int) -> str:
    return f"{said / 1e6:.0f} MB" if said else "–"


def table(stories: Iterable[dict[str, Any]]) -> str:
    """The tables in Markdown: whoever passed most steps first, then by name."""
    ordered = sorted(stories, key=lambda one: (-sum(step["passed"] for step in one["steps"]), one["agent"]))
    made = [
        _made(head, map(cells, kept))
        for head, cells, acp in ((_HEAD, row, False), (_ACP_HEAD, acp_row, True))
        if (kept := [one for one in ordered if (one["runtime"] == "acp") is acp])
    ]
    return "\n".join(made)


def _made(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ("---",) * len(head), *rows))


def block(root: Path) -> str:
    """What has to stand between the README's two marks."""
    return f"\n{table(results.read(root / results.KEPT).values())}\n"


def write(root: Path, last: Path = results.LAST) -> None:
    """Bring the last whole runs and the README's tables up to date."""
    results.take(root, last)
    page = root / "README.md"
    page.write_text(BLOCK.sub(lambda _: block(root), page.read_text()))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write(ROOT)
    print(table(results.read(results.LAST).values()), end="")
