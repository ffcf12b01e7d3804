"""The goals as data: what Muster may cost at most, as a multiple of somebody plus a constant."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.figures import Figure

Look = Callable[[str, str, int], Figure | None]
"""Find a figure by work, peer and N."""

MISSED = "**missed**"
UNKNOWN = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Muster's figure is at most `times` the figure `of` a peer, plus `plus`."""

    work: str
    count: int
    says: str
    of: str | None = None
    times: float = 1.0
    plus: float = 0.0
    unit: str = "s"
    at: str | None = None
    """The peer's work that is compared; the same work when it is not said."""

    def allowed(self, look: Look) -> float | None:
        """The most that the goal allows; None when the peer was not measured."""
        if self.of is None:
            return self.plus
        peer = look(self.at or self.work, self.of, self.count)
        # A peer that was cut off by a time-out is slower still: the goal only gets stricter by it.
        return None if peer is None else peer.value * self.times + self.plus

    def verdict(self, look: Look) -> str:
        """Met, missed, or not measured."""
        muster, allowed = look(self.work, "muster", self.count), self.allowed(look)
        if muster is None or allowed is None:
            return UNKNOWN
        return "met" if muster.value <= allowed and not muster.at_least else MISSED


GOALS = (
    Goal(work="one change", count=1000, says="at most 1/10 of supervisor", of="supervisor", times=1 / 10),
    Goal(work="one change", count=1000, says="at most 1/3 of circus", of="circus", times=1 / 3),
    Goal(work="one change", count=1000, says="under 150 ms over the floor", of="floor", plus=0.150),
    Goal(work="all changed", count=1000, says="at most 3 times runit", of="runit", times=3),
    Goal(work="all changed", count=1000, says="20 times faster than circus", of="circus", times=1 / 20),
    Goal(work="crash to replacement", count=1000, says="at most 5 times runit", of="runit", times=5),
    Goal(
        work="crash to replacement",
        count=1000,
        says="100 times faster than supervisor",
        of="supervisor",
        times=1 / 100,
    ),
    Goal(work="steady CPU a minute", count=1000, says="under 0.3 s", plus=0.3, unit="CPU s"),
    Goal(work="steady memory", count=1000, says="under 80 MiB PSS", plus=80, unit="MiB"),
    Goal(work="unchanged pass", count=1000, says="under 50 ms", plus=0.050),
    Goal(work="unchanged pass", count=10000, says="under 500 ms", plus=0.500),
    Goal(work="what would change", count=1000, says="under half of supervisor", of="supervisor", times=1 / 2),
    Goal(work="help", count=10, says="under 5 times `python -c pass`", of="floor", times=5),
    Goal(work="completion", count=10, says="under 5 times `python -c pass`", of="floor", times=5),
    Goal(work="status of all", count=10, says="under 25 times `python -c pass`", of="floor", times=25, at="help"),
)
