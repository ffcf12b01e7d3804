"""What commands ask of a live controller, what it answers, and the sign of life it gives."""

from dataclasses import dataclass
from enum import StrEnum

from .base import StoredValue
from .observed import ProcessIdentity


class RequestKind(StrEnum):
    """The closed list of what can be asked. WAKE: look now, nothing more."""

    APPLY = "apply"
    RETRY = "retry"
    RESTART = "restart"
    FRESH = "fresh"
    STOP = "stop"
    WAKE = "wake"


class Ask(StoredValue):
    """A person's or an AI's word to the controller, kept until it is answered."""

    kind: RequestKind
    sessions: tuple[str, ...] = ()
    """Whom it is about; for apply, empty means all."""
    approved: tuple[str, ...] = ()
    """Sessions of a saved plan, which the mass-change guard lets pass."""
    now: tuple[str, ...] = ()
    """Sessions over whose waiting guards a person's word goes (law 2)."""
    digest: str | None = None
    """Of the saved plan: another one by now is stale."""
    until: float | None = None
    """Wall-clock seconds after which nobody waits for it any more, and it must not be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An ask in the state.

    :ivar at: wall-clock seconds of the asking.
    """

    id: int
    at: float
    ask: Ask


class Answer(StoredValue):
    """What came of a request."""

    exit_code: int = 0
    """Of the command that asked (design 5)."""
    message: str = ""
    sessions: dict[str, str] = {}
    """The sentence for each session that it was about."""


class Heartbeat(StoredValue):
    """The controller's sign of life, given only at the end of a pass that succeeded."""

    process: ProcessIdentity
    version: str
    """Of Muster."""
    at: float
    """Wall-clock seconds."""
    seconds: float
    """How long the pass took."""
    passes: int
    """Since the controller started."""
    sessions: int
    revision: str | None = None
    """The git revision of the files that the pass read."""
