"""Whatever stands in an agent's files: nothing raises, nothing is believed that is not there, chunks change nothing."""

import contextlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.model.observed import Activity, Observed
from controller.model.tells import TranscriptFormat, Where
from controller.observe import sqlite
from controller.observe.files import Unreadable
from controller.observe.places import safe
from controller.observe.registry import entry
from controller.observe.values import dig, parse, seconds
from tests.unit.observe.world import WALL, World, line, reply

LONG = line("tool", text="x" * 3000)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=8), some, max_size=4)
)
keys = st.sampled_from(["type", "model", "timestamp", "sessionId", "status", "statusUpdatedAt", "procStart"])
words = st.sampled_from(["user", "assistant", "model_change", "maxi-1", "idle"])
records = st.dictionaries(keys, words | values, max_size=5)
good = st.builds(
    lambda kind, wall, model: line(kind, wall, model=model),
    st.sampled_from(["user", "assistant", "model_change", "tool"]),
    st.floats(WALL, WALL + 100),
    st.sampled_from(["mini-1", "midi-1", "maxi-1", "unheard-of"]),
)


@contextmanager
def a_world() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as root:
        yield World(Path(root))


def told(seen: Observed) -> tuple[Any, ...]:
    return seen.prompted, seen.model, seen.conversation


@given(st.binary(max_size=2000))
def test_bytes_in_a_transcript_never_raise_and_name_no_model(data: bytes) -> None:
    """Random bytes hold no record, so they tell nothing."""
    with a_world() as world:
        world.transcript.write_bytes(data)
        seen = world.look()

    assert (seen.model, seen.prompted) == (None, False)


@given(st.lists(records | values, max_size=8))
def test_a_model_is_only_what_a_record_of_a_reply_says(found: list[Any]) -> None:
    with a_world() as world:
        world.transcript.write_text("".join(json.dumps(one) + "\n" for one in found))
        seen = world.look()
    spoken = [r.get("model") for r in found if isinstance(r, dict) and r.get("type") in ["assistant", "model_change"]]

    assert seen.model is None or seen.model.raw in spoken


@given(st.binary(max_size=500), st.integers(0, 200))
def test_bytes_around_good_records_hide_none_of_them(noise: bytes, at: int) -> None:
    with a_world() as world:
        world.transcript.write_bytes(noise + b"\n" + (line("user") + reply("maxi-1")).encode() + noise)
        seen = world.look()

    assert seen.model is not None
    assert (seen.model.name, seen.prompted) == ("maxi", True)


@given(st.lists(good | st.just(LONG) | st.just("half{\n"), max_size=12), st.lists(st.integers(1, 5000), max_size=12))
def test_chunks_tell_what_the_whole_tells(lines: list[str], cuts: list[int]) -> None:
    """Looking while the agent writes comes to the same as looking once at the end."""
    data = "".join(lines).encode()
    with a_world() as one, a_world() as other:
        other.transcript.write_bytes(data)
        for cut in [*cuts, len(data)]:
            chunk, data = data[:cut], data[cut:]
            with one.transcript.open("ab") as file:
                file.write(chunk)
            one.look()

        assert told(one.look()) == told(other.look())


@given(st.binary(max_size=500) | values.map(lambda value: json.dumps(value).encode()))
def test_bytes_in_a_registry_file_never_raise_and_never_say_idle(data: bytes) -> None:
    with a_world() as world:
        world.register().write_bytes(data)
        seen = world.look()

    assert (seen.activity, seen.conversation) == (Activity.UNKNOWN, None)


@given(records)
def test_a_registry_entry_says_only_what_it_holds(written: dict[str, Any]) -> None:
    with a_world() as world:
        rules = world.profile.registry
    assert rules
    said = entry(written, rules, WALL)

    assert said is not None
    assert said.activity is (Activity.IDLE if written.get("status") == "idle" else Activity.UNKNOWN)
    assert said.conversation in (None, written.get("sessionId"))


@given(st.binary(max_size=300) | st.text(max_size=50).map(str.encode))
def test_json_that_is_none_is_none(data: bytes) -> None:
    dig(parse(data), "a.0.b")


@given(values, st.sampled_from(["s", "ms", "iso"]))
def test_a_time_is_a_time_or_nothing(value: Any, unit: Any) -> None:
    moment = seconds(value, unit)

    assert moment is None or 0 <= abs(moment) < float("inf")


@given(st.text(max_size=40))
def test_an_id_never_leads_out_of_its_directory(text: str) -> None:
    if (known := safe(text)) is not None:
        assert Path("/a", f"{known}.x").parent == Path("/a")
        assert not set(known) & set("*?[]/\\\0")


@given(st.binary(max_size=400))
def test_bytes_that_are_no_database_are_unreadable(data: bytes) -> None:
    with a_world() as world:
        assert world.profile.transcript
        rules = world.profile.transcript.model_copy(
            update={
                "format": TranscriptFormat.SQLITE,
                "queries": {"user": "SELECT 1 FROM m", "model": "SELECT a, b FROM m"},
            }
        )
        world.profile = world.profile.model_copy(update={"transcript": rules})
        world.transcript.write_bytes(data)
        seen = world.look()
        with pytest.raises(Unreadable):
            list(sqlite.read(str(world.transcript), rules, {}))

    assert (seen.model, seen.prompted) == (None, None)


@pytest.mark.parametrize("beside", ["", "-journal", "-wal", "-shm"])
def test_a_fifo_beside_a_database_holds_nobody_up(tmp_path: Path, beside: str) -> None:
    """SQLite opens what it finds there, and would wait for somebody who writes."""
    path = tmp_path / "agent.db"
    if beside:
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE m (a)")
    os.mkfifo(f"{path}{beside}")
    with pytest.raises(Unreadable):
        sqlite.rows(str(path), "SELECT a FROM m", {})


def test_a_gigabyte_in_a_row_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE m (a)")
        database.execute("INSERT INTO m VALUES (zeroblob(100000000))")
        database.commit()
    with pytest.raises(Unreadable):
        sqlite.rows(str(path), "SELECT a FROM m", {})


@given(st.binary(max_size=400) | values.map(lambda value: json.dumps(value).encode()))
def test_bytes_that_are_no_document_tell_nothing(data: bytes) -> None:
    with a_world() as world:
        assert world.profile.transcript
        rules = world.profile.transcript.model_copy(
            update={"format": TranscriptFormat.JSON, "items": "items.0", "model": [Where(value="no.model")]}
        )
        world.profile = world.profile.model_copy(update={"transcript": rules})
        world.transcript.write_bytes(data)

        assert world.look().model is None
