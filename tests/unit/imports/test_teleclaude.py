"""TeleClaude's database: who asked, which agent in which mode, which conversation; columns of every age."""

import json
from pathlib import Path
from typing import Any

import pytest

from controller.model.imported import Fate
from tests.unit.imports.formats import TELECLAUDE_OLD, database, fitted, teleclaude

Row = dict[str, Any]

PERSON: Row = {
    "session_id": "aaaaaaaa-1",
    "computer_name": "desk",
    "tmux_session_name": "tc_aaaaaaaa",
    "project_path": "/work/app",
    "subdir": "trees/fix",
    "native_session_id": "11111111-2222",
    "active_agent": "claude",
    "thinking_mode": "slow",
}
WORKER: Row = {
    "session_id": "bbbbbbbb-2",
    "computer_name": "desk",
    "tmux_session_name": "tc_bbbbbbbb",
    "project_path": "/work/app",
    "initiated_by_ai": 1,
    "initiator_session_id": "aaaaaaaa-1",
    "native_session_id": "33333333-4444",
    "active_agent": "claude",
    "thinking_mode": "med",
}


def without(row: Row, *keys: str) -> Row:
    return {key: value for key, value in row.items() if key not in keys}


def test_seed_0_initiated_by_ai_becomes_the_origin_and_keeps_its_parent(tmp_path: Path) -> None:
    """S1.1, S2.1: 1 is ai, 0 is human."""
    found = fitted("teleclaude", teleclaude(tmp_path, PERSON, WORKER))

    assert found.fields("aaaaaaaa-1")["origin"] == "human"
    assert found.fields("bbbbbbbb-2")["origin"] == "ai"
    assert found.fields("bbbbbbbb-2")["parent"] == "tc_aaaaaaaa"
    assert found.troubles == []


def test_seed_0_mode_conversation_and_directory_come_over(tmp_path: Path) -> None:
    found = fitted("teleclaude", teleclaude(tmp_path, PERSON))

    assert found.fields("aaaaaaaa-1") == {
        "agent": "claude",
        "model": "opus",
        "origin": "human",
        "cwd": "/work/app/trees/fix",
        "conversation": "11111111-2222",
    }


@pytest.mark.parametrize(
    "row, model",
    [
        pytest.param({"initiated_by_ai": 1}, "sonnet", id="S1.2 an AI's session is on sonnet"),
        pytest.param({"initiated_by_ai": 0}, "opus", id="S1.3 a person's stays on opus"),
    ],
)
def test_seed_0_their_rule_is_left_to_ours_where_both_say_the_same(tmp_path: Path, row: Row, model: str) -> None:
    """The origin rule and the fleet's default say it; the file need not."""
    found = fitted("teleclaude", teleclaude(tmp_path, without(PERSON, "thinking_mode") | row))

    assert "model" not in found.fields("aaaaaaaa-1")
    assert f"says {model}, as theirs did" in found.told("aaaaaaaa-1", Fate.DEFAULTED)["model"]


def test_seed_0_a_person_keeps_opus_where_the_fleet_would_give_another(tmp_path: Path) -> None:
    rows = teleclaude(tmp_path, without(PERSON, "thinking_mode"), without(WORKER, "thinking_mode"))
    found = fitted("teleclaude", rows, fleet_says="defaults: {model: fast}\norigins: {ai: balanced}\n")

    assert found.fields("aaaaaaaa-1")["model"] == "opus"
    assert "by their rule" in found.told("aaaaaaaa-1", Fate.DEFAULTED)["model"]
    assert "model" not in found.fields("bbbbbbbb-2")


def test_their_rule_is_about_one_agent(tmp_path: Path) -> None:
    """It names models that others do not have."""
    found = fitted("teleclaude", teleclaude(tmp_path, without(PERSON, "thinking_mode") | {"active_agent": "gemini"}))

    assert "model" not in found.fields("aaaaaaaa-1")
    assert "model" not in {one.field for one in found.draft("aaaaaaaa-1").remarks}


def test_seed_0_a_row_that_does_not_say_who_asked_is_a_persons(tmp_path: Path) -> None:
    """Backward compatible: databases from before the column."""
    columns = TELECLAUDE_OLD.replace(", initiated_by_ai DEFAULT 0", "")
    found = fitted("teleclaude", teleclaude(tmp_path, {"session_id": "a"}, columns=columns))

    assert found.fields("a")["origin"] == "human"
    assert found.told("a", Fate.DEFAULTED)["origin"] == "human: initiated_by_ai says nothing"


@pytest.mark.parametrize("key", ["claude_session_id", "native_session_id"])
def test_seed_0_the_old_form_keeps_the_conversation_in_ux_state(tmp_path: Path, key: str) -> None:
    row = {
        "session_id": "aaaaaaaa-1",
        "tmux_session_name": "one",
        "working_directory": "~/app",
        "ux_state": {key: "11111111-2222", "active_agent": "claude", "thinking_mode": "fast", "output_message_id": 4},
        "initiated_by_ai": 1,
    }
    found = fitted("teleclaude", teleclaude(tmp_path, row, columns=TELECLAUDE_OLD))

    assert found.fields("aaaaaaaa-1") == {
        "agent": "claude",
        "model": "haiku",
        "origin": "ai",
        "cwd": "~/app",
        "conversation": "11111111-2222",
    }


def test_the_newer_column_speaks_before_ux_state(tmp_path: Path) -> None:
    row = PERSON | {"ux_state": {"claude_session_id": "99999999-9999"}}
    columns = f"{TELECLAUDE_OLD}, {', '.join(PERSON.keys() - set(TELECLAUDE_OLD.replace(',', ' ').split()))}"
    found = fitted("teleclaude", teleclaude(tmp_path, row, columns=columns))

    assert found.fields("aaaaaaaa-1")["conversation"] == "11111111-2222"
    assert "native_session_id says" in found.told("aaaaaaaa-1", Fate.DROPPED)["ux_state.claude_session_id"]


@pytest.mark.parametrize(
    "agent, mode, model, effort",
    [
        ("claude", "med", "sonnet", None),
        ("gemini", "fast", "gemini-2.5-flash-lite", None),
        ("codex", "low", None, None),
        ("codex", "slow", "gpt-5.3-codex", "high"),
        ("codex", "deep", "gpt-5.3-codex", "xhigh"),
        ("claude", "deep", None, None),
    ],
)
def test_a_mode_is_a_model_and_an_effort_of_its_agent(
    tmp_path: Path, agent: str, mode: str, model: str | None, effort: str | None
) -> None:
    row = PERSON | {"active_agent": agent, "thinking_mode": mode}
    fields = fitted("teleclaude", teleclaude(tmp_path, row)).fields("aaaaaaaa-1")

    assert (fields.get("model"), fields.get("effort")) == (model, effort)


def test_a_model_of_its_own_counts_where_no_mode_is_said(tmp_path: Path) -> None:
    row = without(PERSON, "thinking_mode") | {"claude_model": "haiku"}
    found = fitted("teleclaude", teleclaude(tmp_path, row))

    assert found.fields("aaaaaaaa-1")["model"] == "haiku"


def test_an_ais_model_above_its_ceiling_is_left_to_the_ceiling(tmp_path: Path) -> None:
    """Every row says slow by default, those of AIs too."""
    found = fitted("teleclaude", teleclaude(tmp_path, PERSON, WORKER | {"thinking_mode": "slow"}))

    assert "model" not in found.fields("bbbbbbbb-2")
    assert "above sonnet, the ceiling of origin ai" in found.told("bbbbbbbb-2", Fate.DROPPED)["thinking_mode slow"]


@pytest.mark.parametrize(
    "more", [{"lifecycle_status": "closed"}, {"lifecycle_status": "closing"}, {"closed_at": "2026-01-01"}]
)
def test_what_has_ended_is_stopped(tmp_path: Path, more: Row) -> None:
    found = fitted("teleclaude", teleclaude(tmp_path, PERSON | more))

    assert found.fields("aaaaaaaa-1")["state"] == "stopped"


def test_seed_0_sessions_of_several_computers_name_their_hosts(tmp_path: Path) -> None:
    """Multi-computer: the files travel by git, and count where they are meant."""
    found = fitted("teleclaude", teleclaude(tmp_path, PERSON, WORKER | {"computer_name": "lab"}))

    assert found.fields("aaaaaaaa-1")["hosts"] == "desk"
    assert found.fields("bbbbbbbb-2")["hosts"] == "lab"


def test_seed_0_a_database_of_one_computer_names_no_host(tmp_path: Path) -> None:
    """Its names are its own: the session would count nowhere."""
    found = fitted("teleclaude", teleclaude(tmp_path, PERSON, WORKER))

    assert "hosts" not in found.fields("aaaaaaaa-1")
    assert "desk" in found.told("aaaaaaaa-1", Fate.DROPPED)["computer_name"]


def test_a_conversation_that_only_the_map_knows_comes_over(tmp_path: Path) -> None:
    """Sessions without a terminal; of several for one session the last was written last."""
    entries = {"claude:old": "aaaaaaaa-1", "claude:new": "aaaaaaaa-1", "claude": "x", "codex:1": 3}
    (tmp_path / "session_map.json").write_text(json.dumps(entries))
    teleclaude(tmp_path, without(PERSON, "native_session_id", "active_agent"))
    found = fitted("teleclaude", tmp_path)

    assert found.fields("aaaaaaaa-1")["conversation"] == "new"
    assert [place for place, _ in found.troubles] == ["session_map.json: claude", "session_map.json: codex:1"]


def test_half_filled_rows_are_brought_in_as_far_as_they_go(tmp_path: Path) -> None:
    rows: list[Row] = [{"session_id": "lonely-session"}, {"session_id": None}, {"session_id": "  "}, PERSON]
    found = fitted("teleclaude", teleclaude(tmp_path, *rows))

    assert found.draft("lonely-session").name == "tc_lonely-s"
    assert found.fields("lonely-session") == {"agent": "claude", "origin": "human"}
    assert found.fields("aaaaaaaa-1")["model"] == "opus"
    assert [place for place, _ in found.troubles] == [
        "teleclaude.db: sessions, row 2",
        "teleclaude.db: sessions, row 3",
    ]


def test_corrupt_columns_are_dropped_one_by_one(tmp_path: Path) -> None:
    row = PERSON | {"ux_state": "{not json", "initiated_by_ai": "perhaps", "thinking_mode": b"\xff", "wholly_new": 7}
    columns = f"{TELECLAUDE_OLD}, project_path, subdir, native_session_id, active_agent, thinking_mode, wholly_new"
    found = fitted("teleclaude", teleclaude(tmp_path, row, columns=columns))

    assert {"ux_state", "initiated_by_ai", "thinking_mode", "wholly_new"} <= found.told(
        "aaaaaaaa-1", Fate.DROPPED
    ).keys()
    assert found.fields("aaaaaaaa-1")["conversation"] == "11111111-2222"


@pytest.mark.parametrize("inside", ["../../etc", "/etc"])
def test_a_directory_in_the_project_does_not_lead_out_of_it(tmp_path: Path, inside: str) -> None:
    found = fitted("teleclaude", teleclaude(tmp_path, PERSON | {"subdir": inside}))

    assert found.fields("aaaaaaaa-1")["cwd"] == "/work/app"


def test_an_agent_that_was_not_there_is_told(tmp_path: Path) -> None:
    path = teleclaude(tmp_path, PERSON, agent_availability="agent, available, unavailable_until, reason")
    database(path, {}, {"agent_availability": [{"agent": "gemini", "available": 0, "reason": "quota_exhausted"}]})
    found = fitted("teleclaude", path)

    assert "quota_exhausted" in found.fleet_remarks["agent_availability gemini"]


def test_permissions_are_never_brought_in(tmp_path: Path) -> None:
    found = fitted("teleclaude", teleclaude(tmp_path, PERSON | {"human_role": "admin"}))

    assert "args" not in found.fields("aaaaaaaa-1")
    assert "permissions are never brought in" in found.told("aaaaaaaa-1", Fate.DROPPED)["human_role"]


def test_an_unknown_agent_is_refused_and_hides_no_other(tmp_path: Path) -> None:
    found = fitted("teleclaude", teleclaude(tmp_path, PERSON, WORKER | {"active_agent": "parrot"}))

    assert found.draft("aaaaaaaa-1").refused is None
    assert "no profile here is called parrot" in (found.draft("bbbbbbbb-2").refused or "")


def test_another_database_is_told(tmp_path: Path) -> None:
    found = fitted("teleclaude", database(tmp_path / "x.db", {"other": "a"}, {}))

    assert found.troubles == [("x.db", "cannot find the table sessions: it is no database of TeleClaude")]
