"""The figures as markdown: one table of all works, one of the goals."""

from collections.abc import Mapping, Sequence

from benchmarks.figures import Figure
from benchmarks.goals import GOALS, MISSED, UNKNOWN, Goal, Look

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


def _look_in(figures: Sequence[Figure]) -> Look:
    found = {(figure.work, figure.peer, figure.count): figure for figure in figures}
    return lambda work, peer, count: found.get((work, peer, count))


def markdown(figures: Sequence[Figure], absent: Mapping[str, str]) -> str:
    """Both tables, and what could not be measured."""
    look = _look_in(figures)
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


def short(figures: Sequence[Figure], absent: Mapping[str, str]) -> str:
    """One table of what Muster was measured at, with the goals in its last column, and what is missed or absent."""
    look = _look_in(figures)
    peers = [peer for peer in COLUMNS if any(figure.peer == peer for figure in figures)]
    own = [figure for figure in figures if figure.peer == "muster"]
    own.sort(key=lambda figure: (ORDER.index(figure.work), figure.count))
    lines = [_line("work", "N", *peers, "goals"), _rule(3 + len(peers))]
    for figure in own:
        goals = [goal for goal in GOALS if (goal.work, goal.count) == (figure.work, figure.count)]
        said = "; ".join(f"{goal.says}: {goal.verdict(look)}" for goal in goals)
        lines.append(_line(figure.work, f"{figure.count:,}", *_cells(figure.work, figure.count, peers, look), said))
    missed = [goal for goal in GOALS if goal.verdict(look) == MISSED]
    unknown = [goal for goal in GOALS if goal.verdict(look) == UNKNOWN]
    told = f"Of {len(GOALS)} goals {len(missed)} are missed and {len(unknown)} were not measured."
    left_out = [f"- {what} was left out: {why}" for what, why in absent.items()]
    return "\n".join([*lines, "", told, *left_out])


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
    muster = look(work, "muster", count)
    against = []
    for peer in COLUMNS:
        figure = look(work, peer, count)
        if figure and muster and muster.value and peer not in ("floor", "muster"):
            over = ">" if figure.at_least else ""
            against.append(f"{peer} {over}{_digits(figure.value / muster.value)}")
    return _line(work, f"{count:,}", *_cells(work, count, COLUMNS, look), ", ".join(against))


def _cells(work: str, count: int, peers: Sequence[str], look: Look) -> list[str]:
    """Each peer's figure with its ratio to the floor."""
    floor = look(work, "floor", count)
    found = [look(work, peer, count) for peer in peers]
    return ["–" if figure is None else shown(figure) + _ratio(figure, floor) for figure in found]


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
