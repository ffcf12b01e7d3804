"""The figures as markdown: one table of all works, one of the goals."""

from collections.abc import Mapping, Sequence

from benchmarks.figures import Figure
from benchmarks.goals import GOALS, Goal, Look

COLUMNS = ("floor", "muster", "supervisor", "circus", "pm2", "runit")

ORDER = (
    "one change",
    "one change, client back",
    "all changed",
    "cold start",
    "crash to replacement",
    "steady CPU a minute",
    "steady memory",
    "unchanged pass",
    "what would change",
    "status of all",
    "help",
    "completion",
)


def markdown(figures: Sequence[Figure], absent: Mapping[str, str]) -> str:
    """Both tables, and what could not be measured."""
    found = {(figure.work, figure.peer, figure.count): figure for figure in figures}

    def look(work: str, peer: str, count: int) -> Figure | None:
        return found.get((work, peer, count))

    rows = {(figure.work, figure.count) for figure in figures}
    works = sorted({figure.work for figure in figures}, key=ORDER.index)
    counts = sorted({figure.count for figure in figures})
    parts = [
        "Medians; in brackets the ratio to the floor. The last column: how many times Muster's figure each peer needs.",
        "",
        _line("work", "N", *COLUMNS, "peers / muster"),
        _rule(3 + len(COLUMNS)),
        *(_row(work, count, look) for work in works for count in counts if (work, count) in rows),
        "",
        _line("goal of", "N", "goal", "allowed", "muster", "verdict"),
        _rule(6),
        *(_goal(goal, look) for goal in GOALS),
        "",
    ]
    notes = [f"- {f.peer}, {f.work}, N={f.count:,}: {f.note}" for f in figures if f.note]
    missing = [f"- {peer} was left out: {why}" for peer, why in absent.items()]
    return "\n".join([*parts, *notes, *missing])


def amount(value: float, unit: str, *, at_least: bool = False) -> str:
    """A figure for people, in three digits."""
    if unit == "s" and value < 1:
        value, unit = value * 1000, "ms"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{'over ' if at_least else ''}{value:,.{digits}f} {unit}"


def shown(figure: Figure) -> str:
    """A figure's value."""
    return amount(figure.value, figure.unit, at_least=figure.at_least)


def _row(work: str, count: int, look: Look) -> str:
    floor, muster = look(work, "floor", count), look(work, "muster", count)
    cells, against = [], []
    for peer in COLUMNS:
        figure = look(work, peer, count)
        cells.append("–" if figure is None else shown(figure) + _ratio(figure, floor))
        if figure and muster and muster.value and peer not in ("floor", "muster"):
            over = ">" if figure.at_least else ""
            against.append(f"{peer} {over}{_digits(figure.value / muster.value)}")
    return _line(work, f"{count:,}", *cells, ", ".join(against))


def _ratio(figure: Figure, floor: Figure | None) -> str:
    if floor is None or not floor.value or figure.peer == "floor":
        return ""
    return f" ({_digits(figure.value / floor.value)})"


def _goal(goal: Goal, look: Look) -> str:
    muster, allowed = look(goal.work, "muster", goal.count), goal.allowed(look)
    return _line(
        goal.work,
        f"{goal.count:,}",
        goal.says,
        "–" if allowed is None else amount(allowed, goal.unit),
        "–" if muster is None else shown(muster),
        goal.verdict(look),
    )


def _digits(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(cells: int) -> str:
    return "|" + "---|" * cells
