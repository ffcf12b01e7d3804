"""What apply is given: a journal to write to, eyes to look with, runtimes to act through."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..model.clock import Now
from ..model.observed import ObservedModel, ProcessIdentity
from ..model.plan import Change, Hold
from ..model.profile import Profile
from ..model.record import SessionRecord
from ..model.session import RuntimeKind
from ..model.transaction import Transaction
from ..runtimes import identity
from ..runtimes.base import Runtime


class Journal(Protocol):
    """The durable state."""

    async def commit(self, step: Transaction) -> None:
        """Write all of a step durably, or raise and write nothing of it."""
        ...

    def believe(self, step: Transaction) -> None:
        """Keep a step at once and write it in its turn, without waiting for the disk."""
        ...

    def record(self, name: str) -> SessionRecord:
        """Return what is remembered of a session, as last committed."""
        ...


class Eyes(Protocol):
    """Fresh facts, looked up when asked."""

    async def recheck(self, change: Change) -> Hold | None:
        """Ask the guards again on facts of this instant; the hold when one of them speaks."""
        ...

    async def conversation(self, name: str) -> str | None:
        """Return the conversation that the session's own agent says it works on; ``None`` when it does not say."""
        ...

    async def speaks(self, name: str) -> bool:
        """Tell whether the session's own agent says what it does."""
        ...

    async def model(self, name: str) -> ObservedModel | None:
        """Return what the agent last reported as its model."""
        ...


class Clock(Protocol):
    """The present."""

    def __call__(self) -> Now:
        """Return it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything that apply touches the world with.

    :ivar profile: the profile of an agent as the files now say it; of one that has gone, a bare one.
    :ivar environ: the controller's own environment, which sessions inherit (design 5).
    :ivar places: where this Muster's files are, as environment for the commands that agents run.
    :ivar room: raises OSError when the machine has not what one more start takes.
    :ivar gone: waits for the end of exactly this process; false when it still lives after so many seconds.
    """

    journal: Journal
    eyes: Eyes
    runtimes: Mapping[RuntimeKind, Runtime]
    profile: Callable[[str], Profile]
    clock: Clock
    environ: Mapping[str, str]
    places: Mapping[str, str] = field(default_factory=dict)
    gone: Callable[[ProcessIdentity, float], Awaitable[bool]] = identity.gone
    room: Callable[[], None] = lambda: None
