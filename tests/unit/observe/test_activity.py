"""Activity: the first source that knows speaks, and silence is judged by its length."""

import pytest

from controller.model.observed import Activity
from controller.model.profile import ActivitySource, Profile
from controller.observe.activity import Doing, activity
from controller.observe.registry import Entry
from controller.observe.tally import Conversation
from tests.unit.profiles.reading import demo

WALL = 1000.0
QUIET = Conversation(found=True, touched=WALL - 60)
NOISY = Conversation(found=True, touched=WALL - 2)


def asking(*sources: ActivitySource) -> Profile:
    return demo().model_copy(update={"activity": list(sources), "quiet_after": 10.0})


def entry(said: Activity) -> Entry:
    return Entry(conversation=None, activity=said, since=WALL - 5)


def test_the_first_source_that_knows_speaks() -> None:
    profile = asking(ActivitySource.REGISTRY, ActivitySource.QUIET)

    assert activity(profile, entry(Activity.BUSY), QUIET, 0.0, WALL) == Doing(Activity.BUSY, WALL - 5)
    assert activity(profile, entry(Activity.UNKNOWN), QUIET, 0.0, WALL).activity is Activity.IDLE
    assert activity(profile, None, NOISY, 0.0, WALL).activity is Activity.BUSY


def test_where_no_source_knows_it_is_unknown() -> None:
    assert activity(asking(ActivitySource.REGISTRY), None, QUIET, 0.0, WALL).activity is Activity.UNKNOWN


@pytest.mark.parametrize("busy, said", [(True, Activity.BUSY), (False, Activity.IDLE), (None, Activity.UNKNOWN)])
def test_a_transcript_tells_by_its_turns(busy: bool | None, said: Activity) -> None:
    seen = Conversation(found=True, busy=busy, turned=WALL - 4)

    assert activity(asking(ActivitySource.TRANSCRIPT), None, seen, 0.0, WALL).activity is said


def test_silence_counts_from_the_start_where_nothing_was_written() -> None:
    """A process that has just begun is quiet because it is young."""
    profile = asking(ActivitySource.QUIET)

    assert activity(profile, None, Conversation(), WALL - 1, WALL).activity is Activity.BUSY
    assert activity(profile, None, Conversation(), WALL - 11, WALL).activity is Activity.IDLE
    assert activity(profile, None, Conversation(), 0.0, WALL).activity is Activity.UNKNOWN


def test_an_agent_without_a_source_says_so() -> None:
    assert activity(asking(ActivitySource.NONE), None, NOISY, 0.0, WALL).activity is Activity.NONE
