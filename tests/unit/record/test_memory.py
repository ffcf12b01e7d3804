"""What load remembers: bulk, durable where it must be, and never in the way."""

import sqlite3
from pathlib import Path

from controller.model.memory import LastGood, Memory, SeenFile
from controller.record.memory import StoredMemory
from controller.record.store import Access
from tests.unit.record.builders import store_in

GOOD = LastGood("a", "d1", b'{"tier":"bots"}')


def test_looks_are_kept_by_directory_and_file_and_replaced(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        memory: Memory = StoredMemory(store)
        memory.keep_seen("/x", {"a.yaml": SeenFile("1", "d1"), "b.yaml": SeenFile("2", "d2")})
        memory.keep_seen("/y", {"a.yaml": SeenFile("9", "d9")})
        memory.keep_seen("/x", {"a.yaml": SeenFile("3", "d3")})
    with store_in(tmp_path, Access.READ) as store:
        assert StoredMemory(store).seen("/x") == {"a.yaml": SeenFile("3", "d3"), "b.yaml": SeenFile("2", "d2")}
        assert StoredMemory(store).seen("/z") == {}


def test_ten_thousand_parse_outcomes_go_in_and_come_out_in_one_query_each(tmp_path: Path) -> None:
    outcomes = {f'1:"k{number}\n': b"\x00\xff%d" % number for number in range(10_000)}
    with store_in(tmp_path) as store:
        memory = StoredMemory(store)
        memory.keep_parsed(outcomes)
        said: list[str] = []
        store.read(lambda db: db.set_trace_callback(said.append))

        assert memory.parsed([*outcomes, "unknown"]) == outcomes
        assert len(said) == 1


def test_an_outcome_that_nobody_asked_for_in_months_goes_and_one_in_use_stays(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        memory = StoredMemory(store)
        memory.keep_parsed({"used": b"1", "unused": b"2"})
        store.write(lambda db: db.execute("UPDATE parsed SET used = used - 100"))
        memory.parsed(["used"])

        memory.keep_parsed({"new": b"3"})

        assert set(memory.parsed(["used", "unused", "new"])) == {"used", "new"}


def test_a_last_good_word_outlives_the_process_and_is_replaced(tmp_path: Path) -> None:
    newer = LastGood("a", "d2", b"{}")
    with store_in(tmp_path) as store:
        memory = StoredMemory(store)
        memory.keep_last_good({"/x/a.yaml": GOOD, "/x/b.yaml": GOOD})
        memory.keep_last_good({"/x/a.yaml": newer})
    with store_in(tmp_path) as store:
        assert StoredMemory(store).last_good() == {"/x/a.yaml": newer, "/x/b.yaml": GOOD}


def test_a_word_that_another_process_kept_later_counts(tmp_path: Path) -> None:
    with store_in(tmp_path) as store, store_in(tmp_path, Access.WRITE) as other:
        memory = StoredMemory(store)
        memory.keep_last_good({"/x/a.yaml": GOOD})
        StoredMemory(other).keep_last_good({"/x/a.yaml": LastGood("a", "d2", b"{}")})

        assert memory.last_good()["/x/a.yaml"].digest == "d2"


def test_what_is_forgotten_is_gone_with_its_look(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        memory = StoredMemory(store)
        memory.keep_last_good({"/x/a.yaml": GOOD, "/x/b.yaml": GOOD})
        memory.keep_seen("/x", {"a.yaml": SeenFile("1", "d"), "b.yaml": SeenFile("1", "d")})

        memory.forget(["/x/a.yaml", "/never.yaml"])

        assert set(memory.last_good()) == {"/x/b.yaml"}
        assert set(memory.seen("/x")) == {"b.yaml"}


def test_a_look_keeps_nothing_and_is_not_stopped(tmp_path: Path) -> None:
    """``muster plan`` beside a controller, or without any state, changes neither."""
    with store_in(tmp_path, Access.READ) as store:
        memory = StoredMemory(store)
        memory.keep_seen("/x", {"a.yaml": SeenFile("1", "d")})
        memory.keep_parsed({"k": b"1"})
        memory.keep_last_good({"/x/a.yaml": GOOD})
        memory.forget(["/x/b.yaml"])

        assert memory.seen("/x") == {}
        assert memory.parsed(["k"]) == {}
        assert memory.last_good() == {"/x/a.yaml": GOOD}
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_stops_no_pass_and_the_word_is_written_later(tmp_path: Path) -> None:
    big = {f"/x/{number}.yaml": LastGood("a", "d", b"x" * 1000) for number in range(100)}
    with store_in(tmp_path) as store:
        memory = StoredMemory(store)
        store.write(lambda db: db.execute("PRAGMA max_page_count = 1"))

        memory.keep_parsed({"k": b"x" * 100_000})
        memory.keep_last_good(big)

        assert "full" in (memory.trouble or "")
        assert memory.last_good() == big
        assert memory.parsed(["k"]) == {}

        store.write(lambda db: db.execute("PRAGMA max_page_count = 100000"))
        memory.keep_last_good({"/x/a.yaml": GOOD})

        assert memory.trouble is None
    with store_in(tmp_path, Access.READ) as store:
        assert StoredMemory(store).last_good() == big | {"/x/a.yaml": GOOD}


def test_a_warm_ask_on_the_same_day_writes_nothing(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        memory, said = StoredMemory(store), list[str]()
        memory.keep_parsed({"k": b"1"})

        def listen(db: sqlite3.Connection) -> None:
            db.set_trace_callback(said.append)

        store.write(listen)
        said.clear()
        memory.parsed(["k"])

        assert [line for line in said if line.startswith("UPDATE")] == []
