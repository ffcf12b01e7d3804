"""The table of the README, written between its markers from the results that are committed beside this file."""

import json
import shutil
import time
from pathlib import Path

from benchmarks import report, tools
from benchmarks.figures import Figure

RESULTS = Path(__file__).with_name("results.json")
README = tools.REPOSITORY / "README.md"
BEGIN = "<!-- benchmarks: written by `python -m benchmarks --write` -->\n"
END = "<!-- /benchmarks -->\n"


def keep() -> None:
    """Take the last run's results into the repository."""
    shutil.copyfile(tools.BENCH / "results.json", RESULTS)


def write() -> None:
    """Put the table of the committed results into the README."""
    results = json.loads(RESULTS.read_text())
    figures = [Figure(**{**figure, "samples": tuple(figure["samples"])}) for figure in results["figures"]]
    day = time.strftime("%-d %B %Y", time.gmtime(results["at"]))
    parts = [f"One run of {day}; the whole of it is [benchmarks/results.json](benchmarks/results.json).", ""]
    text = "\n".join([*parts, report.short(figures, results["absent"]), ""])
    README.write_text(_between(README.read_text(), text))


def _between(page: str, text: str) -> str:
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise SystemExit(f"cannot write the table: {README} has no line {BEGIN}and {END}")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
