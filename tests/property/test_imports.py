"""Whatever another system's records say: no traceback, no lost record, and every file that comes of them is valid."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controller.cli import importing
from controller.imports import definitions, dispatch, fleet, flynn, kandev, teleclaude
from controller.imports.fit import fit
from controller.imports.source import Database, Document, Sources
from controller.imports.systems import SYSTEMS, found
from controller.imports.words import words
from controller.load.document import parse
from controller.model.imported import Draft, Found
from controller.model.scalars import NAME
from controller.model.session import SessionSpec
from tests.unit.imports.formats import FLYNN, KANDEV_NEW, TELECLAUDE_NEW, TELECLAUDE_OLD, loaded

DISPATCH = [
    "chat_id",
    "session_name",
    "tier",
    "model",
    "session_id",
    "transcript_dir",
    "type",
    "contact_name",
    "source",
]
WORDS = [
    "opus",
    "claude",
    "demo",
    "ai",
    "fast",
    "slow",
    "a",
    "~",
    "/w",
    "closed",
    "1",
    "ws:1",
    "subagent:ws:1:x",
    "IDLE",
]
NESTED = [
    "ux_state",
    "metadata",
    "runtime_config",
    "runtime_config_overrides",
    "config_options",
    "agent_profile_snapshot",
]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*DISPATCH, *NESTED, "model", "id", "effort"]) | st.text(max_size=4), inner)
    ),
    max_leaves=6,
)
cells = values.map(lambda value: json.dumps(value) if isinstance(value, dict | list) else value) | st.binary(max_size=4)


def rows(columns: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of a table with these columns, half filled and with one that nobody knows."""
    names = [name.split()[0] for name in columns.split(",")]
    return st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys([*names, "later"], cells)), max_size=4)


def tables(of: Mapping[str, str]) -> st.SearchStrategy[dict[str, list[dict[str, Any]]]]:
    """A database with some of these tables."""
    return st.fixed_dictionaries({}, optional={table: rows(columns) for table, columns in of.items()})


def sources(documents: Sequence[Any] = (), of: Mapping[str, Any] | None = None) -> Sources:
    """What was read, without a file."""
    read = tuple(Document(f"/x/{number}.json", f"{number}.json", value) for number, value in enumerate(documents))
    return Sources(read, (Database("/x/a.db", of),) if of is not None else (), ())


def judged(brought: Found, records: int) -> None:
    """Fit what was found beside an empty directory, and hold it to what an import promises."""
    there = loaded("")
    drafts = fit(brought, there, frozenset())
    fleet.words(brought, there)

    assert len(drafts) <= records
    taken = [draft.name.casefold() for draft in drafts if draft.refused is None]
    assert len(set(taken)) == len(taken)
    for draft in drafts:
        is_valid(draft, brought.system)


def is_valid(draft: Draft, system: str) -> None:
    """The file is one that the loader reads, and says what the draft says."""
    assert NAME.fullmatch(draft.name)
    text = importing.text_of(draft, system)
    document = parse(text.encode())
    assert document.faults == ()
    assert document.bare == {}
    SessionSpec.model_validate_json(document.json)
    said = {name: word for name, word in document.tree.items() if name != "labels"}
    assert said.pop("unavailable", {}) == (
        {"use": draft.fields["unavailable"]} if "unavailable" in draft.fields else {}
    )
    assert said == {name: word for name, word in draft.fields.items() if name != "unavailable"}
    assert document.tree["labels"] == dict(draft.labels)
    assert all(character.isprintable() or character == "\n" for character in text)
    assert all(len(word) <= 200 for label, word in draft.labels.items() if label != system)


@given(st.lists(values | st.dictionaries(st.text(max_size=6), values, max_size=4), max_size=3))
@example([{"a": {"chat_id": "b", "tier": "\x85", "model": "opus"}, "chat_id": {}}])
def test_any_registry_of_chats(documents: list[Any]) -> None:
    judged(dispatch.parse(sources(documents), words("dispatch", dispatch.DispatchWords)), records=1000)


@given(tables({"sessions": f"{TELECLAUDE_NEW}, {TELECLAUDE_OLD}", "agent_availability": "agent, available"}), values)
@example({"sessions": [{"session_id": "a", "active_agent": "parrot", "claude_model": ":"}]}, None)
@example({"sessions": [{"session_id": "a\x85", "title": "x" * 900, "tmux_session_name": "\x85"}]}, None)
def test_any_table_of_sessions(of: dict[str, list[dict[str, Any]]], mapped: Any) -> None:
    said = words("teleclaude", teleclaude.TeleclaudeWords)
    brought = teleclaude.parse(sources([mapped], of), said)

    judged(brought, len(of.get("sessions", ())))
    assert len(brought.records) + len(brought.troubles) >= len(of.get("sessions", ()))


@given(tables(FLYNN), values)
def test_any_settings(of: dict[str, list[dict[str, Any]]], preferences: Any) -> None:
    said = words("flynn", flynn.FlynnWords)
    judged(flynn.parse(sources([preferences], of), said), len(of.get("session_config", ())))


@given(tables(KANDEV_NEW), values)
def test_any_board(of: dict[str, list[dict[str, Any]]], agents: Any) -> None:
    said = words("kandev", definitions.KandevWords)
    judged(kandev.parse(sources([agents], of), said), len(of.get("task_sessions", ())))


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_record_at_all(system: str, tmp_path: Path) -> None:
    """The strategies above may always draw some."""
    (tmp_path / "empty.json").write_text("{}")

    judged(found(system, [tmp_path / "empty.json"]), 0)
