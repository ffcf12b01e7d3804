"""What is due and when: nothing is asked twice, nothing is lost, and everything is looked at in the end."""

import asyncio

import pytest

from controller.loop.queue import ALL, Queue, Turn

LONG = 60.0
"""A turn that waits this long hangs; the test's own time limit says so."""


def loop_time() -> float:
    return asyncio.get_running_loop().time()


def test_asking_twice_is_asking_once() -> None:
    """All that was asked for is one turn."""

    async def story() -> None:
        queue = Queue()
        queue.wake("ann", "bob")
        queue.wake("ann")
        turn = await queue.next(timeout=LONG)
        assert (turn.names, turn.rescan) == (frozenset({"ann", "bob"}), False)
        assert (await queue.next(timeout=0.0)).names is ALL

    asyncio.run(story())


def test_a_timeout_is_a_turn_for_everything() -> None:
    """Rescans are the truth and events only hints; also when nothing was ever due."""

    async def story() -> None:
        assert (await Queue().next(timeout=0.01)).names is ALL

    asyncio.run(story())


def test_a_wake_up_ends_the_wait() -> None:
    """As soon as possible, from wherever it comes."""

    async def story() -> None:
        queue = Queue()
        asyncio.get_running_loop().call_soon(queue.wake, "ann")
        assert (await queue.next(timeout=LONG)).names == frozenset({"ann"})

    asyncio.run(story())


def test_a_wake_up_between_two_turns_is_kept() -> None:
    """What is asked while a pass runs is the next pass."""

    async def story() -> None:
        queue = Queue()
        queue.wake("ann")
        await queue.next(timeout=LONG)
        queue.wake("bob")
        assert (await queue.next(timeout=LONG)).names == frozenset({"bob"})

    asyncio.run(story())


@pytest.mark.parametrize("rescan", [False, True])
def test_everything_contains_every_name(rescan: bool) -> None:
    """And what was due for one of them is not done a second time."""

    async def story() -> None:
        queue = Queue()
        queue.wake("ann")
        queue.at("bob", loop_time() + 0.01)
        queue.wake_all(rescan=rescan)
        turn = await queue.next(timeout=LONG)
        assert (turn.names, turn.rescan) == (ALL, rescan)
        late = await queue.next(timeout=0.05)
        assert (late.names, late.rescan) == (ALL, False)

    asyncio.run(story())


def test_a_due_time_comes_by_itself_and_once() -> None:
    """The earliest wins; others are not due yet."""

    async def story() -> None:
        queue, begun = Queue(), loop_time()
        queue.at("bob", begun + LONG)
        queue.at("ann", begun + 0.02)
        queue.at("ann", begun + LONG)
        turn = await queue.next(timeout=LONG)
        assert turn.names == frozenset({"ann"})
        assert loop_time() >= begun + 0.02
        queue.wake("cid")
        assert (await queue.next(timeout=LONG)).names == frozenset({"cid"})

    asyncio.run(story())


def test_a_wake_up_takes_along_what_is_due() -> None:
    """One pass for both."""

    async def story() -> None:
        queue = Queue()
        queue.at("ann", loop_time() - 1.0)
        queue.wake("bob")
        assert (await queue.next(timeout=LONG)).names == frozenset({"ann", "bob"})

    asyncio.run(story())


def test_everything_can_be_asked_for_at_a_time() -> None:
    """The earliest wins, and a partial turn in between does not put it off."""

    async def story() -> None:
        queue, begun = Queue(), loop_time()
        queue.all_in(0.05)
        queue.all_in(LONG)
        queue.wake("ann")
        turns: list[Turn] = [await queue.next(timeout=LONG), await queue.next(timeout=LONG)]
        assert [turn.names for turn in turns] == [frozenset({"ann"}), ALL]
        assert loop_time() < begun + LONG / 2

    asyncio.run(story())


def test_wake_ups_of_sessions_do_not_put_off_the_rescan() -> None:
    """A session that is woken all the time starves nobody: the first timeout stands."""

    async def story() -> None:
        queue, begun = Queue(), loop_time()
        names: frozenset[str] | None = frozenset()
        while names is not ALL and loop_time() < begun + LONG / 6:
            asyncio.get_running_loop().call_later(0.001, queue.wake, "ann")
            names = (await queue.next(timeout=0.02)).names
        assert names is ALL

    asyncio.run(story())
