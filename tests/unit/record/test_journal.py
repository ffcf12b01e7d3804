"""Steps are all or nothing, and what is kept in mind is what is on the disk."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from controller.model.record import SessionRecord
from controller.model.transaction import Transaction
from controller.record.errors import StateUnwritable
from controller.record.events import EventLog
from controller.record.journal import Journal
from controller.record.store import Access
from tests.unit.record.builders import event, intent, record, store_in


def test_a_step_is_there_whole_for_whoever_opens_the_state_next(tmp_path: Path) -> None:
    step = Transaction(records=(record("a"), record("b")), opened=(intent("i1"),), events=(event(why="x"),))
    with store_in(tmp_path) as store:
        Journal(store).commit_now(step)

    with store_in(tmp_path, Access.READ) as store:
        assert Journal(store).records() == {"a": record("a"), "b": record("b")}
        assert Journal(store).open_intents() == (intent("i1"),)
        assert [logged.event for logged in EventLog(store).events()] == [event(why="x")]


def test_a_step_of_which_a_part_fails_leaves_nothing_on_disk_or_in_mind(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        journal = Journal(store)
        journal.commit_now(Transaction(records=(record("a", "opus"),), opened=(intent("i1"),)))

        with pytest.raises(sqlite3.IntegrityError):
            journal.commit_now(Transaction(records=(record("a", "haiku"),), opened=(intent("i1"),), events=(event(),)))

        assert journal.record("a") == record("a", "opus")
        assert Journal(store).record("a") == record("a", "opus")
        assert EventLog(store).events() == ()


def test_a_refusing_disk_leaves_the_mind_as_the_disk(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        journal = Journal(store)
        journal.commit_now(Transaction(records=(record("a", "opus"),)))
        store.write(lambda db: db.execute("PRAGMA max_page_count = 1"))

        with pytest.raises(StateUnwritable):
            journal.commit_now(Transaction(records=tuple(record(f"a{n}", "haiku") for n in range(500))))

        assert set(journal.records()) == {"a"}


def test_an_intent_is_open_until_the_step_that_closes_it(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        journal = Journal(store)
        journal.commit_now(Transaction(opened=(intent("i1", wall=2), intent("i2", wall=1))))
        assert [found.id for found in journal.open_intents()] == ["i2", "i1"]

        journal.commit_now(Transaction(records=(record("a", "haiku"),), closed=("i1",)))

        assert [found.id for found in journal.open_intents()] == ["i2"]


def test_of_an_unknown_session_the_record_is_empty(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        assert Journal(store).record("nobody") == SessionRecord(name="nobody")


def test_a_forgotten_record_is_gone_even_when_the_same_step_puts_it(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        journal = Journal(store)
        assert journal.records() == {}
        journal.commit_now(Transaction(records=(record("a"), record("b")), forgotten=("a", "never")))

        assert set(journal.records()) == {"b"} == set(Journal(store).records())


def test_what_another_process_wrote_is_seen_after_a_refresh(tmp_path: Path) -> None:
    with store_in(tmp_path) as ours, store_in(tmp_path, Access.WRITE) as theirs:
        journal = Journal(ours)
        assert journal.records() == {}
        Journal(theirs).commit_now(Transaction(records=(record("a"),)))

        journal.refresh()

        assert set(journal.records()) == {"a"}


def test_a_commit_is_in_mind_when_it_returns(tmp_path: Path) -> None:
    async def main(journal: Journal) -> None:
        async def one(name: str) -> SessionRecord:
            await journal.commit(Transaction(records=(record(name),)))
            return journal.record(name)

        found = await asyncio.gather(*(one(f"s{number}") for number in range(100)))
        assert {each.name for each in found if each.agent} == {f"s{number}" for number in range(100)}

    with store_in(tmp_path) as store:
        journal = Journal(store)
        assert journal.records() == {}
        asyncio.run(main(journal))
