"""What commands ask outlives both sides, is answered once, and is not done after nobody waits."""

from pathlib import Path

from controller.model.control import Answer, Ask, RequestKind
from controller.record.requests import Requests
from controller.record.store import Access
from tests.unit.record.builders import store_in

APPLY = Ask(kind=RequestKind.APPLY, approved=("a", "b"), now=("c",), digest="d", until=100)
WAKE = Ask(kind=RequestKind.WAKE)


def test_a_request_waits_for_a_controller_that_starts_later_and_its_answer_for_the_asker(tmp_path: Path) -> None:
    with store_in(tmp_path, Access.WRITE) as store:
        asked = Requests(store).ask(APPLY, at=1)
        assert Requests(store).answer_of(asked) is None
    with store_in(tmp_path) as store:
        (found,) = Requests(store).open_requests(at=2)
        assert (found.id, found.at, found.ask) == (asked, 1, APPLY)
        assert Requests(store).answer(asked, Answer(exit_code=4, sessions={"a": "held: busy"}))
    with store_in(tmp_path, Access.READ) as store:
        assert Requests(store).answer_of(asked) == Answer(exit_code=4, sessions={"a": "held: busy"})
        assert Requests(store).open_requests(at=3) == ()


def test_requests_come_in_the_order_of_asking(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        requests = Requests(store)
        ids = [requests.ask(WAKE, at=9 - number) for number in range(3)]

        assert [found.id for found in requests.open_requests(at=1)] == ids


def test_a_request_is_answered_once(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        requests = Requests(store)
        asked = requests.ask(WAKE, at=1)

        assert requests.answer(asked, Answer(message="first"))
        assert not requests.answer(asked, Answer(message="second"))
        assert requests.answer_of(asked) == Answer(message="first")


def test_what_nobody_waits_for_any_more_is_not_done(tmp_path: Path) -> None:
    """A person's --now of yesterday must not interrupt today's work."""
    with store_in(tmp_path) as store:
        Requests(store).ask(APPLY, at=1)

        assert len(Requests(store).open_requests(at=100)) == 1
        assert Requests(store).open_requests(at=100.1) == ()


def test_a_withdrawn_request_is_gone_and_an_answered_one_is_not_withdrawn(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        requests = Requests(store)
        first, second = requests.ask(WAKE, at=1), requests.ask(WAKE, at=1)
        requests.answer(second, Answer())

        assert requests.withdraw(first)
        assert not requests.withdraw(second)
        assert requests.open_requests(at=1) == ()
        assert not requests.answer(first, Answer())


def test_a_request_of_a_newer_version_is_passed_over(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.write(lambda db: db.execute("""INSERT INTO requests (at, ask) VALUES (1, '{"kind": "teleport"}')"""))
        asked = Requests(store).ask(WAKE, at=1)

        assert [found.id for found in Requests(store).open_requests(at=1)] == [asked]


def test_answers_that_nobody_will_read_go_and_open_requests_stay(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        requests = Requests(store)
        waiting, answered = requests.ask(WAKE, at=1), requests.ask(WAKE, at=1)
        requests.answer(answered, Answer())
        store.write(lambda db: db.execute("UPDATE sqlite_sequence SET seq = 5000 WHERE name = 'requests'"))
        requests.ask(WAKE, at=1)

        assert requests.answer_of(answered) is None
        assert waiting in {found.id for found in requests.open_requests(at=1)}
