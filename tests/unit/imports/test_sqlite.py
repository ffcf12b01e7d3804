"""Other systems' databases are read, in whatever state they are, and never changed."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from controller.imports import sqlite
from controller.imports.documents import Unreadable

TABLES: dict[str, list[str]] = {"t": []}


def picture(place: Path) -> dict[str, tuple[str, int]]:
    """Every file of a directory: bytes and time."""
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in place.iterdir()
    }


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A directory with a database of ten rows, closed."""
    place = tmp_path / "theirs"
    place.mkdir()
    with sqlite3.connect(place / "a.db") as database:
        database.execute("CREATE TABLE t (a, b)")
        database.executemany("INSERT INTO t VALUES (?, 'x')", [(number,) for number in range(10)])
    database.close()
    return place


def rows(place: Path) -> int:
    """How many rows can be read, once it was proven that reading changes nothing."""
    before = picture(place)
    found, troubles = sqlite.tables(place / "a.db", TABLES)
    assert picture(place) == before
    assert troubles == []
    return len(found["t"])


def test_a_database_at_rest_is_not_changed(made: Path) -> None:
    assert rows(made) == 10


def test_a_database_that_its_program_has_open_is_read_with_its_newest_rows(made: Path) -> None:
    """Write-ahead mode: the newest rows stand beside it, and a plain reader would write there."""
    theirs = sqlite3.connect(made / "a.db")
    theirs.execute("PRAGMA journal_mode = WAL")
    theirs.execute("INSERT INTO t VALUES (11, 'new')")
    theirs.commit()

    assert rows(made) == 11
    theirs.close()


def test_a_database_in_write_ahead_mode_at_rest_gets_no_file_beside_it(made: Path) -> None:
    theirs = sqlite3.connect(made / "a.db")
    theirs.execute("PRAGMA journal_mode = WAL")
    theirs.close()

    assert [path.name for path in made.iterdir()] == ["a.db"]
    assert rows(made) == 10


def test_a_locked_database_is_read(made: Path) -> None:
    theirs = sqlite3.connect(made / "a.db", isolation_level=None)
    theirs.execute("BEGIN EXCLUSIVE")

    assert rows(made) == 10
    theirs.close()


def test_what_a_crash_left_half_written_is_not_read(made: Path) -> None:
    """A journal beside it holds what was there before; it is undone in a copy, not there."""
    theirs = sqlite3.connect(made / "a.db", isolation_level=None)
    theirs.execute("PRAGMA cache_size = 1")
    theirs.execute("BEGIN EXCLUSIVE")
    theirs.executemany("INSERT INTO t VALUES (?, ?)", [(number, "y" * 900) for number in range(1000)])

    assert (made / "a.db-journal").stat().st_size > 0
    assert rows(made) == 10
    theirs.close()


def test_a_database_and_a_directory_that_may_only_be_read_are_enough(made: Path) -> None:
    (made / "a.db").chmod(0o400)
    made.chmod(0o500)

    assert rows(made) == 10
    made.chmod(0o700)


def test_rows_before_a_damaged_page_are_read(made: Path) -> None:
    with sqlite3.connect(made / "a.db") as database:
        database.executemany("INSERT INTO t VALUES (?, ?)", [(number, "y" * 900) for number in range(100)])
    database.close()
    content = bytearray((made / "a.db").read_bytes())
    content[-3 * 4096 :] = b"\xff" * (3 * 4096)
    (made / "a.db").write_bytes(content)
    found, troubles = sqlite.tables(made / "a.db", TABLES)

    assert 0 < len(found["t"]) < 110
    assert troubles[0].place.endswith(f"a.db: t, after row {len(found['t'])}")


@pytest.mark.parametrize("content", [b"SQLite format 3\0", b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_database_inside_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.db").write_bytes(content)

    with pytest.raises(Unreadable):
        sqlite.tables(tmp_path / "a.db", TABLES)


def test_a_table_that_is_not_there_and_a_column_of_later_versions(made: Path) -> None:
    found, _ = sqlite.tables(made / "a.db", {"absent": [], "t": ["b", "later"]})

    assert dict(found) == {"t": [{"b": "x"}]}


def test_text_that_is_not_utf8_spoils_one_value(made: Path) -> None:
    with sqlite3.connect(made / "a.db") as database:
        database.execute("INSERT INTO t VALUES (CAST(x'61ff' AS TEXT), 'x')")
    database.close()
    found, _ = sqlite.tables(made / "a.db", TABLES)

    assert len(found["t"]) == 11
    assert not str(found["t"][-1]["a"]).isprintable()
