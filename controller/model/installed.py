"""What of an agent is on this machine, as its own program tells it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a program's help says to its profile.

    :ivar fits: flags that it lists.
    :ivar missing: those that the profile uses and it does not list, each with the launch that they are for.
    :ivar unread: sentences about pages that could not be had; nothing is said about flags then.
    """

    fits: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def fault(self) -> str | None:
        """Why the profile cannot be relied on, ``None`` when every flag fits."""
        if self.unread:
            return "; ".join(self.unread)
        return f"its help does not list {', '.join(self.missing)}" if self.missing else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The program of an agent.

    :ivar executable: the words that start it, ``None`` when it is not on PATH.
    :ivar version: as it says itself, ``None`` when it does not.
    :ivar probed: ``None`` when that was not asked for, or there is nothing to ask.
    """

    executable: tuple[str, ...] | None = None
    version: str | None = None
    probed: Probed | None = None
