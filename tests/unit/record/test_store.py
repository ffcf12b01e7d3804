"""The state file: private, honest about damage, and readable while others write."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.model.transaction import Transaction
from controller.record.errors import StateDamaged, StateUnreadable, StateUnwritable, explain
from controller.record.journal import Journal
from controller.record.store import Access, Store
from tests.unit.record.builders import record, store_in


def remember(directory: Path, *names: str) -> Path:
    """A state that knows these sessions, closed again; return its file."""
    with store_in(directory) as store:
        Journal(store).commit_now(Transaction(records=tuple(record(name) for name in names)))
        return store.path


def names(store: Store) -> set[str]:
    return set(Journal(store).records())


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_the_state_is_for_its_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        Journal(store).commit_now(Transaction(records=(record("a"),)))

        modes = {path.name: path.stat().st_mode & 0o777 for path in store.path.parent.iterdir()}

    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    assert store.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = remember(tmp_path, "a")
    path.chmod(0o644)

    with store_in(tmp_path) as store:
        assert names(store) == {"a"}

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_directory_that_others_may_write_to_is_refused_and_not_changed(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o777)

    with pytest.raises(StateUnwritable, match="others may write"), store_in(tmp_path) as store:
        names(store)

    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o777


def test_looking_where_there_is_no_state_shows_nothing_and_makes_nothing(tmp_path: Path) -> None:
    with store_in(tmp_path, Access.READ) as store:
        assert store.new
        assert names(store) == set()

    assert list(tmp_path.iterdir()) == []


def test_a_reader_sees_what_a_writer_commits_meanwhile(tmp_path: Path) -> None:
    remember(tmp_path, "a")
    with store_in(tmp_path) as writer, store_in(tmp_path, Access.READ) as reader:
        assert names(reader) == {"a"}

        Journal(writer).commit_now(Transaction(records=(record("b"),)))

        assert names(reader) == {"a", "b"}


def test_a_reader_writes_nothing(tmp_path: Path) -> None:
    remember(tmp_path, "a")
    with store_in(tmp_path, Access.READ) as store, pytest.raises(StateUnwritable, match="opened for reading"):
        Journal(store).commit_now(Transaction(records=(record("b"),)))


def test_a_state_is_new_only_when_it_is_made(tmp_path: Path) -> None:
    with store_in(tmp_path) as first:
        assert (first.new, first.rebuilt) == (True, None)
    with store_in(tmp_path) as second:
        assert (second.new, second.rebuilt) == (False, None)


def test_a_newer_state_is_not_written_and_still_read(tmp_path: Path) -> None:
    path = remember(tmp_path, "a")
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()

    with pytest.raises(StateUnwritable, match="newer muster"), store_in(tmp_path) as store:
        names(store)
    with store_in(tmp_path, Access.READ) as store:
        assert names(store) == {"a"}


def test_a_state_without_tables_reads_as_nothing_and_is_made(tmp_path: Path) -> None:
    """A controller killed before its first commit leaves such a file."""
    (tmp_path / "state").mkdir(mode=0o700)
    with sqlite3.connect(tmp_path / "state" / "state.db") as db:
        db.execute("PRAGMA journal_mode = WAL")
    db.close()

    with store_in(tmp_path, Access.READ) as store:
        assert names(store) == set()
    with store_in(tmp_path) as store:
        assert store.new
        assert names(store) == set()


def test_a_damaged_state_is_moved_aside_by_its_owner_who_tells(tmp_path: Path) -> None:
    path = remember(tmp_path, "a")
    path.write_bytes(b"this was a database once" * 400)

    with store_in(tmp_path) as store:
        assert store.new
        assert "moved to state.db.corrupt-1" in (store.rebuilt or "")
        assert names(store) == set()

    assert path.with_name("state.db.corrupt-1").read_bytes().startswith(b"this was")


def test_a_second_damage_overwrites_no_evidence(tmp_path: Path) -> None:
    for number in (1, 2):
        path = remember(tmp_path, "a")
        path.write_bytes(b"broken %d " % number * 500)
    with store_in(tmp_path) as store:
        assert names(store) == set()

    assert path.with_name("state.db.corrupt-1").read_bytes().startswith(b"broken 1")
    assert path.with_name("state.db.corrupt-2").read_bytes().startswith(b"broken 2")


@pytest.mark.parametrize("access", [Access.READ, Access.WRITE])
def test_who_does_not_own_a_damaged_state_leaves_it_where_it_is(tmp_path: Path, access: Access) -> None:
    """A live controller may have it open: moving it away would split the memory."""
    path = remember(tmp_path, "a")
    path.write_bytes(b"broken " * 500)

    with pytest.raises(StateDamaged) as raised, store_in(tmp_path, access) as store:
        names(store)

    assert "muster run" in (raised.value.hint or "")
    assert [entry.name for entry in path.parent.iterdir() if "corrupt" in entry.name] == []


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_truncated_state_is_noticed(tmp_path: Path, part: float) -> None:
    path = remember(tmp_path, *(f"s{number}" for number in range(200)))
    os.truncate(path, int(path.stat().st_size * part))

    with store_in(tmp_path) as store:
        assert store.rebuilt
        assert names(store) == set()


def test_an_emptied_state_is_told(tmp_path: Path) -> None:
    os.truncate(remember(tmp_path, "a"), 0)

    with store_in(tmp_path) as store:
        assert store.new
        assert "empty" in (store.rebuilt or "")


def test_a_record_that_is_no_record_makes_the_owner_start_anew(tmp_path: Path) -> None:
    """Sound pages around a broken value: half a memory would decide over sessions."""
    with store_in(tmp_path) as store:
        store.write(lambda db: db.execute("INSERT INTO records VALUES ('a', '{\"name\": 5}')"))
    with store_in(tmp_path) as store:
        assert "records of sessions" in (store.rebuilt or "")


def test_a_record_under_anothers_name_makes_the_owner_start_anew(tmp_path: Path) -> None:
    """Damage can turn one letter into another, and the JSON is still JSON."""
    path = remember(tmp_path, "a")
    with sqlite3.connect(path) as db:
        db.execute("UPDATE records SET name = 'b'")
    db.close()

    with store_in(tmp_path) as store:
        assert "another's name" in (store.rebuilt or "")


def test_a_state_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    with pytest.raises(StateUnwritable, match="not a directory"), store_in(tmp_path) as store:
        names(store)


def test_a_state_that_is_a_directory_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "state" / "state.db").mkdir(parents=True)

    with pytest.raises(StateUnreadable, match="cannot read"), store_in(tmp_path, Access.READ) as store:
        names(store)


def test_a_closed_store_opens_again_when_it_is_used(tmp_path: Path) -> None:
    remember(tmp_path, "a")
    store = store_in(tmp_path)
    assert names(store) == {"a"}
    store.close()

    assert names(store) == {"a"}
    store.close()


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_file_that_was_taken_away_is_noticed(tmp_path: Path, how: str) -> None:
    """What is written from then on would be nobody's."""
    path = tmp_path / "state.db"
    with Store(path, Access.OWN) as store:
        assert store.new
        assert store.lost() is None
        path.rename(tmp_path / "aside")
        if how == "replaced":
            path.touch()
        assert how in (store.lost() or "")


def test_a_file_that_ends_before_its_content_does_is_damaged() -> None:
    """SQLite calls it an input error, which a busy disk gives as well; this one does not pass."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHORT_READ

    assert isinstance(explain(error, Path("state.db"), writing=False), StateDamaged)
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    assert not isinstance(explain(error, Path("state.db"), writing=False), StateDamaged)
