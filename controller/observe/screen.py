"""What stands on an agent's terminal, for agents that say something there and nowhere else.

Reading a terminal costs more than a stat, so it is asked for only where the agent's own files leave a question open.
"""

import re
from dataclasses import replace
from typing import Final

from ..model.clock import Now
from ..model.observed import Activity, Observed, Presence
from ..model.profile import Profile
from ..model.scalars import Regex
from ..model.tells import Screen

_OPEN: Final = frozenset({Activity.BUSY, Activity.UNKNOWN})
"""What may in truth be a question to a person."""


def needed(observed: Observed, profile: Profile | None) -> bool:
    """Tell whether a session's terminal can say more than was observed without it."""
    if profile is None or profile.screen is None or observed.presence is not Presence.RUNNING:
        return False
    return observed.activity in _OPEN or bool(profile.screen.idle)


def seen(observed: Observed, rules: Screen, screen: str | None, now: Now) -> Observed:
    """Return what was observed with what its terminal adds to it; ``None`` is a terminal that cannot be read now."""
    if screen is None:
        detail = observed.detail or "its terminal cannot be read"
        return replace(observed, activity=Activity.UNKNOWN, detail=detail) if rules.idle else observed
    if _shows(rules.refused, screen):
        # As old as the turn that was refused: a screen does not say, and an earlier model's turn means nothing.
        refused = max(observed.refused, now.wall - observed.idle_for)
        return replace(observed, activity=Activity.WAITING, refused=refused, asks_for_model=True)
    if _shows(rules.waiting, screen):
        return replace(observed, activity=Activity.WAITING)
    if rules.idle:
        return replace(observed, activity=Activity.IDLE if _shows(rules.idle, screen) else Activity.BUSY)
    return observed


def _shows(patterns: list[Regex], screen: str) -> bool:
    return any(re.search(pattern, screen) for pattern in patterns)
