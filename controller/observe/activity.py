"""What an agent is doing, by its profile's sources in the order of their trust.

How long an idle must have lasted is the plan's business; here stands only how long it has.
"""

from typing import NamedTuple, assert_never

from ..model.observed import Activity
from ..model.profile import ActivitySource, Profile
from .registry import Entry
from .tally import Conversation


class Doing(NamedTuple):
    """An activity and the wall-clock seconds since when; 0 when that is not known."""

    activity: Activity
    since: float


_UNKNOWN = Doing(Activity.UNKNOWN, 0.0)


def activity(
    profile: Profile, entry: Entry | None, conversation: Conversation, began: float, wall: float, born: float = 0.0
) -> Doing:
    """Return what the first source says that knows.

    :arg began: wall-clock seconds since when it counts as started, for sources that have nothing newer; 0 when not
        known.
    :arg born: wall-clock seconds of the process's own beginning, 0 when not known: a turn from before it is not under
        way.
    """
    for source in profile.activity:
        if source is ActivitySource.TRANSCRIPT and conversation.busy and conversation.turned < born:
            return Doing(Activity.IDLE, began or born)
        doing = _said(source, profile, entry, conversation, began, wall)
        if doing.activity is not Activity.UNKNOWN:
            return doing
    return _UNKNOWN


def _said(
    source: ActivitySource, profile: Profile, entry: Entry | None, conversation: Conversation, began: float, wall: float
) -> Doing:
    match source:
        case ActivitySource.REGISTRY:
            return Doing(entry.activity, entry.since) if entry else _UNKNOWN
        case ActivitySource.TRANSCRIPT:
            return _turn(profile, conversation, began)
        case ActivitySource.QUIET:
            return _quiet(profile.quiet_after, max(conversation.touched, began), wall)
        case ActivitySource.NONE:
            return Doing(Activity.NONE, began)
        case _:
            assert_never(source)


def _turn(profile: Profile, conversation: Conversation, began: float) -> Doing:
    if profile.transcript and profile.transcript.begins_with_turn and conversation.prompted is False and began:
        return Doing(Activity.IDLE, began)
    if conversation.busy is None:
        return _UNKNOWN
    return Doing(Activity.BUSY if conversation.busy else Activity.IDLE, conversation.turned or conversation.touched)


def _quiet(after: float, touched: float, wall: float) -> Doing:
    """Judge by silence. Nothing ever written and no known start is no silence."""
    if not touched:
        return _UNKNOWN
    return Doing(Activity.IDLE if wall - touched >= after else Activity.BUSY, touched)
