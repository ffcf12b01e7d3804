"""The event log: what is said again counts up, the oldest make room, and followers miss nothing."""

from pathlib import Path

from controller.model.event import EventType
from controller.model.transaction import Event
from controller.record import events
from controller.record.events import EventLog
from controller.record.store import Store
from tests.unit.record.builders import event, store_in


def tell(store: Store, *told: Event, kept: int = events.KEPT) -> None:
    store.write(lambda db: events.append(db, told, kept))


def test_the_same_said_again_counts_up_and_keeps_its_id_and_first_time(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        tell(store, event(at=1, why="busy"), event(at=2, why="busy"))
        tell(store, event(at=5, why="busy"))

        (only,) = EventLog(store).events()

    assert (only.count, only.event.at, only.last) == (3, 1, 5)


def test_other_words_other_sessions_and_other_types_are_other_events(tmp_path: Path) -> None:
    told = (
        event("a", why="busy"),
        event("b", why="busy"),
        event(None, why="busy"),
        event("a", why="attached"),
        event("a", kind=EventType.PARKED, why="attached"),
    )
    with store_in(tmp_path) as store:
        tell(store, *told)

        assert tuple(logged.event for logged in EventLog(store).events()) == told


def test_what_is_said_again_after_something_else_is_told_again(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        tell(store, event(why="busy"), event(kind=EventType.SESSION_STARTED), event(why="busy"))

        assert [logged.count for logged in EventLog(store).events()] == [1, 1, 1]


def test_another_session_between_does_not_keep_words_apart(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        tell(store, event("a"), event("b"), event("a"), event("b"))

        assert [logged.count for logged in EventLog(store).events()] == [2, 2]


def test_an_asker_who_is_refused_for_ever_pushes_nothing_out(tmp_path: Path) -> None:
    """In other words each time: the last ones stand in the latest of a bounded number."""
    asked = events.MOST_REFUSED + 500
    with store_in(tmp_path) as store:
        tell(store, event("a", kind=EventType.PARKED), kept=events.MOST_REFUSED + 10)
        refused = [event("a", kind=EventType.REFUSED, why=f"{number}") for number in range(asked)]
        tell(store, *refused, kept=events.MOST_REFUSED + 10)
        log = EventLog(store)
        first, *_ = log.events()
        (last,) = log.latest(1)

    assert first.event.type is EventType.PARKED
    assert (last.event.data["why"], last.count) == (f"{asked - 1}", 501)


def test_the_log_is_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        for start in range(0, 1000, 10):
            tell(store, *(event(number=start + step) for step in range(10)), kept=100)
            assert store.read(lambda db: db.execute("SELECT count(*) FROM events").fetchone()[0]) <= 105

        left = EventLog(store).events()

    assert [logged.event.data["number"] for logged in left] == list(range(1000 - len(left), 1000))
    assert len(left) >= 100


def test_an_id_is_never_used_again(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        tell(store, event())
        (old,) = EventLog(store).events()
        store.write(lambda db: db.execute("DELETE FROM events"))
        tell(store, event())

        assert EventLog(store).events()[0].id > old.id


def test_following_by_id_gives_each_event_once(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        log, seen, since = EventLog(store), list[object](), 0
        for number in range(10):
            tell(store, event("ab"[number % 2], number=number), event("ab"[number % 2], number=number))
            for logged in log.events(since, limit=1):
                seen.append(logged.event.data["number"])
                since = logged.id

        assert seen == list(range(10))
        assert log.events(since) == ()


def test_one_session_can_be_asked_for_alone_first_or_last(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        tell(store, *(event("ab"[number % 2], number=number) for number in range(10)))
        log = EventLog(store)

        assert [logged.event.data["number"] for logged in log.events(session="b", limit=2)] == [1, 3]
        assert [logged.event.data["number"] for logged in log.latest(2, "b")] == [7, 9]
        assert [logged.event.data["number"] for logged in log.latest(3)] == [7, 8, 9]


def test_an_event_of_a_newer_version_is_passed_over(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        tell(store, event("a"))
        store.write(lambda db: db.execute("UPDATE events SET type = 'teleported'"))
        tell(store, event("b"))

        assert [logged.event.session for logged in EventLog(store).events()] == ["b"]
