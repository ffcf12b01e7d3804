"""Who belongs to a session, told on snapshots made by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.model.observed import ProcessIdentity
from controller.runtimes.census import Snapshot, descendants, innermost, members, orphans
from controller.runtimes.proc import Stat, boot_id

LEADER = 4_000_001
"""Above every pid that the system gives out: no test can mean a living process."""


def snapshot(*rows: tuple[int, int, int, int, int]) -> Snapshot:
    """Processes as (pid, parent, group, session, ticks), counted from the leader's pid."""
    seen = Snapshot()
    for pid, parent, group, session, ticks in rows:
        seen.add(Stat(LEADER + pid, "S", LEADER + parent, LEADER + group, LEADER + session, ticks))
    return seen


def leader(ticks: int = 100) -> ProcessIdentity:
    return ProcessIdentity(boot_id=boot_id(), pid=LEADER, ticks=ticks, nonce="n")


def pids(found: tuple[ProcessIdentity, ...]) -> set[int]:
    return {identity.pid - LEADER for identity in found}


def test_session_group_and_descendants_are_members() -> None:
    """Each of the three ties counts: a child that left the session, an orphan in it, an orphan in the group."""
    seen = snapshot(
        (0, -9, 0, 0, 100),
        (1, 0, 1, 1, 110),  # a child with a session of its own
        (2, 1, 1, 1, 120),  # and its child
        (3, -8, 3, 0, 130),  # parent gone, still in the session
        (4, -8, 0, 9, 140),  # parent gone, still in the group
        (5, -9, 5, 5, 150),  # a stranger
    )

    assert pids(members(leader(), seen)) == {1, 2, 3, 4}


def test_older_process_is_no_member() -> None:
    """What started before the leader cannot stem from it: its parent's number was another's then."""
    assert members(leader(), snapshot((0, -9, 0, 0, 100), (1, 0, 0, 0, 99))) == ()


def test_reused_number_has_no_members() -> None:
    """When another process stands under the leader's number, its children are not ours (law 4)."""
    assert members(leader(ticks=99), snapshot((0, -9, 0, 0, 100), (1, 0, 0, 0, 110))) == ()


def test_gone_leader_has_no_members() -> None:
    """Without the leader nothing proves whose session it was."""
    assert members(leader(), snapshot((1, -9, 0, 0, 110))) == ()


def test_orphans_need_the_nonce() -> None:
    """The session's number alone is no proof once its leader is gone; here no process carries the nonce."""
    assert orphans(leader(), snapshot((1, -9, 0, 0, 110))) == ()


@pytest.mark.parametrize("state, ticks, found", [("Z", 100, {1, 2}), ("Z", 101, set()), ("S", 100, set())])
def test_a_zombie_keeps_its_number(state: str, ticks: int, found: set[int]) -> None:
    """While nobody has collected the leader, its session is nobody else's; another's zombie proves nothing."""
    seen = snapshot((1, -8, 0, 0, 110), (2, -8, 2, 0, 120), (3, -8, 3, 3, 130))
    seen.add(Stat(LEADER, state, LEADER - 9, LEADER, LEADER, ticks))

    assert pids(orphans(leader(), seen)) == found


def test_descendants_of_changed_identity_are_nobodys() -> None:
    """A member whose number was taken over leads nowhere."""
    seen = snapshot((1, -9, 1, 1, 110), (2, 1, 1, 1, 120))
    member = seen.identity(LEADER + 1)

    assert pids(descendants([member], seen)) == {1, 2}
    assert descendants([member.model_copy(update={"ticks": 1})], seen) == ()


def test_innermost_of_unreadable_words_is_the_leader() -> None:
    """What cannot be told is not guessed: the signal goes where it went before."""
    assert innermost(leader(), snapshot((0, -9, 0, 0, 100), (1, 0, 0, 0, 110))).pid == LEADER


number = st.integers(0, 7)
ROW = st.tuples(number, number, number, number, st.integers(90, 110))


@given(st.lists(ROW, max_size=8, unique_by=lambda row: row[0]))
def test_members_never_hold_the_leader_or_what_is_older(rows: list[tuple[int, int, int, int, int]]) -> None:
    """In every world, loops of parents included, members are younger others (law 4)."""
    seen = snapshot(*rows)

    for member in members(leader(), seen):
        assert member.pid != LEADER
        assert member.ticks >= leader().ticks
