"""How an action ended."""

from dataclasses import dataclass
from enum import StrEnum

from .plan import Change, Guard


class End(StrEnum):
    """DONE: proven. HELD: a guard spoke on fresh facts, nothing was touched. FAILED: it was tried.

    UNABLE: the machine or the disk did not let it be done or recorded, which says nothing against what was tried.
    """

    DONE = "done"
    HELD = "held"
    FAILED = "failed"
    UNABLE = "unable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of one session's action.

    :ivar sentence: for people; "cannot X: why" when it failed.
    :ivar guard: which guard held it, when one did.
    :ivar seconds: from the first step to the proof.
    """

    change: Change
    end: End
    sentence: str
    guard: Guard | None = None
    seconds: float = 0.0
