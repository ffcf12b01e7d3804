"""Time as an argument."""

from dataclasses import dataclass

from .base import StoredValue


class Moment(StoredValue):
    """A durable point of the steady clock: seconds since boot, and which boot."""

    boot_id: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The present.

    :ivar wall: seconds since 1970, for people, for agents' own time stamps and for an override's end.
    :ivar boot: seconds since boot, suspend included; all waiting is counted on it, so clock steps change nothing.
    :ivar boot_id: which boot; a moment of another boot has long passed.
    """

    wall: float
    boot: float
    boot_id: str

    def since(self, moment: Moment) -> float:
        """Return the seconds since a moment; infinite when it was before this boot."""
        return self.boot - moment.at if moment.boot_id == self.boot_id else float("inf")

    def moment(self, *, after: float = 0.0) -> Moment:
        """Return this instant, or the one ``after`` seconds later, as a durable value."""
        return Moment(boot_id=self.boot_id, at=self.boot + after)
