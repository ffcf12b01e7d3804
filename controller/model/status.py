"""One state with its reason, a session."""

from dataclasses import dataclass
from enum import StrEnum

from .desired import Resolution
from .observed import Activity, ObservedModel
from .plan import Change
from .session import Origin, RuntimeKind


class SessionState(StrEnum):
    """The closed list of states of ``status`` (design 5)."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    PENDING = "pending"
    HELD = "held"
    DRIFTED = "drifted"
    STARTING = "starting"
    STOPPED = "stopped"
    PARKED = "parked"
    INVALID = "invalid"
    FOREIGN = "foreign"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """What people see of one session.

    :ivar reason: a stable word (a guard or a reason).
    :ivar message: the sentence.
    :ivar since: wall-clock seconds of the last change of state, ``None`` when it is not known.
    """

    name: str
    file: str | None
    agent: str | None
    tier: str | None
    origin: Origin | None
    parent: str | None
    runtime: RuntimeKind | None
    resolution: Resolution | None
    asked_model: str | None
    observed: ObservedModel | None
    state: SessionState
    reason: str
    message: str
    since: float | None
    activity: Activity
    attached: bool
    pid: int | None
    conversation: str | None
    change: Change | None
