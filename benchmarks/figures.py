"""One measured figure, and how repeated measurements become one."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

from benchmarks.peers.peer import Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A peer's result at one work. `at_least` says that a time-out cut it off there."""

    work: str
    peer: str
    count: int
    value: float
    unit: str
    samples: tuple[float, ...]
    note: str = ""
    at_least: bool = False

    @classmethod
    def once(cls, work: str, peer: Peer, value: float, unit: str = "s", note: str = "") -> Self:
        """A figure that was taken once."""
        return cls(
            work=work,
            peer=peer.name,
            count=peer.count,
            value=value,
            unit=unit,
            samples=(value,),
            note=note,
        )

    @classmethod
    def median(cls, work: str, peer: Peer, seconds: Sequence[float], note: str = "") -> Self:
        """The median of some times."""
        return cls(
            work=work,
            peer=peer.name,
            count=peer.count,
            value=statistics.median(seconds),
            unit="s",
            samples=tuple(seconds),
            note=note,
        )

    @classmethod
    def cut(cls, work: str, peer: Peer, seconds: float, note: str) -> Self:
        """A time-out: the true figure is larger."""
        return cls(
            work=work,
            peer=peer.name,
            count=peer.count,
            value=seconds,
            unit="s",
            samples=(),
            note=note,
            at_least=True,
        )

    def as_json(self) -> dict[str, object]:
        """The figure as a JSON object."""
        return asdict(self)
