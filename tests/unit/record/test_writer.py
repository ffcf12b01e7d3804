"""The one writer: grouped commits, each job all or nothing, nothing submitted is lost."""

import asyncio
import sqlite3
import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

from controller.record.errors import StateUnwritable
from controller.record.store import Access, Store
from tests.unit.record.builders import store_in


def keys(store: Store) -> set[str]:
    return {key for (key,) in store.read(lambda db: db.execute("SELECT key FROM facts").fetchall())} - {"state_id"}


def put(store: Store, key: str) -> Future[object]:
    return store.submit(lambda db: db.execute("INSERT INTO facts VALUES (?, '1')", (key,)))


def hold(store: Store) -> tuple[threading.Event, list[str]]:
    """Keep the writer busy until the event is set; from then on its statements are listed."""
    go, said = threading.Event(), list[str]()

    def work(db: sqlite3.Connection) -> None:
        assert go.wait(10)
        db.set_trace_callback(said.append)

    store.submit(work)
    return go, said


def test_what_waits_together_is_one_commit(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        go, said = hold(store)
        waiting = [put(store, f"k{number}") for number in range(100)]
        go.set()
        for future in waiting:
            future.result(10)

        assert len(keys(store)) == 100

    # The commit that ends the holding job, and at most two for the hundred: the first may ride with the holder.
    assert 1 <= said.count("COMMIT") <= 3


def test_a_job_that_fails_takes_nothing_from_its_neighbours(tmp_path: Path) -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO facts VALUES ('half', '1')")
        raise ValueError("no")

    with store_in(tmp_path) as store:
        go, _ = hold(store)
        before, broken, after = put(store, "before"), store.submit(half), put(store, "after")
        go.set()
        before.result(10)
        after.result(10)

        with pytest.raises(ValueError, match="no"):
            broken.result(10)
        assert keys(store) == {"before", "after"}


def test_a_job_that_wants_to_end_the_program_ends_itself(tmp_path: Path) -> None:
    """A writer that is dead without a word would keep everybody waiting for ever."""

    def leave(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO facts VALUES ('left', '1')")
        raise SystemExit(3)

    with store_in(tmp_path) as store:
        with pytest.raises(SystemExit):
            store.submit(leave).result(10)
        put(store, "after").result(10)

        assert keys(store) == {"after"}


def test_closing_writes_what_was_submitted(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        for number in range(50):
            put(store, f"k{number}")
    with store_in(tmp_path, Access.READ) as store:
        assert len(keys(store)) == 50


def test_a_waiter_that_is_cancelled_takes_nothing_out_of_the_queue(tmp_path: Path) -> None:
    """The write tells of something that has happened, whether or not anybody still waits."""

    async def main(store: Store) -> None:
        go, _ = hold(store)
        waiter = asyncio.ensure_future(asyncio.wrap_future(put(store, "a")))
        neighbour = put(store, "b")
        await asyncio.sleep(0)
        waiter.cancel()
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        await asyncio.wrap_future(neighbour)

    with store_in(tmp_path) as store:
        asyncio.run(main(store))
    with store_in(tmp_path, Access.READ) as store:
        assert keys(store) == {"a", "b"}


def test_a_full_disk_refuses_and_keeps_what_was_there(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        put(store, "a").result(10)
        store.write(lambda db: db.execute("PRAGMA max_page_count = 1"))  # clipped to the present size: full from now on

        with pytest.raises(StateUnwritable, match="full"):
            store.write(
                lambda db: db.executemany(
                    "INSERT INTO facts VALUES (?, ?)", [(str(n), f'"{n:099}"') for n in range(9999)]
                )
            )
        assert keys(store) == {"a"}


def test_after_a_full_disk_the_writer_goes_on(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.write(lambda db: db.execute("PRAGMA max_page_count = 1"))
        with pytest.raises(StateUnwritable):
            store.write(lambda db: db.execute("INSERT INTO facts VALUES ('big', json_quote(hex(zeroblob(100000))))"))
        store.write(lambda db: db.execute("PRAGMA max_page_count = 100000"))

        put(store, "b").result(10)

        assert keys(store) == {"b"}


def test_two_threads_write_and_read_at_once(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:

        def work(name: str) -> None:
            for number in range(50):
                put(store, f"{name}{number}").result(10)
                assert f"{name}{number}" in keys(store)

        threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(keys(store)) == 100
