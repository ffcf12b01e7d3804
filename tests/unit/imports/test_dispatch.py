"""dispatch's registry: tiers, models, conversations; keyed, as a list, alone; and what its temporary model did."""

import json
import os
from pathlib import Path

import pytest

from controller.model.imported import Fate
from tests.unit.imports.formats import chats, fitted

JOHN = {
    "chat_id": "+15555550100",
    "session_name": "imessage/_15555550100",
    "created_at": "2026-03-01T10:00:00.000000",
    "updated_at": "2026-04-09T21:14:03.120000",
    "transcript_dir": "/home/x/transcripts/imessage/_15555550100",
    "type": "individual",
    "contact_name": "John Doe",
    "tier": "favorite",
    "source": "imessage",
    "model": "sonnet",
    "session_id": "5c0e8f0e-1f3a-4d4e-9d6c-9d6d3e0b8a11",
    "last_message_time": "2026-04-09T21:14:03.120000",
    "was_active": True,
}


def without(*keys: str) -> dict[str, object]:
    return {key: value for key, value in JOHN.items() if key not in keys}


def test_seed_1_the_registrys_model_tier_conversation_and_directory_come_over(tmp_path: Path) -> None:
    found = fitted("dispatch", chats(tmp_path, {"+15555550100": JOHN}))

    assert found.fields("+15555550100") == {
        "agent": "claude",
        "tier": "favorite",
        "model": "sonnet",
        "origin": "human",
        "cwd": "/home/x/transcripts/imessage/_15555550100",
        "conversation": "5c0e8f0e-1f3a-4d4e-9d6c-9d6d3e0b8a11",
    }
    assert found.draft("+15555550100").labels == {
        "dispatch": "+15555550100",
        "contact": "John Doe",
        "source": "imessage",
        "type": "individual",
    }
    assert set(found.told("+15555550100", Fate.DROPPED)) == {
        "created_at",
        "updated_at",
        "last_message_time",
        "was_active",
    }
    assert not found.troubles


def test_seed_1_a_missing_model_is_left_to_the_tier(tmp_path: Path) -> None:
    """Migration, and test 4 of the seed: an old registry has no models, and the file says none either."""
    found = fitted("dispatch", chats(tmp_path, {"+15555550100": without("model")}))

    assert "model" not in found.fields("+15555550100")
    assert found.fields("+15555550100")["tier"] == "favorite"
    assert found.told("+15555550100", Fate.DEFAULTED)["model"] == "none: the tier speaks, or what is below it"


@pytest.mark.parametrize("entries", [{"+15555550100": JOHN}, [JOHN], JOHN], ids=["keyed", "list", "alone"])
def test_every_form_of_the_registry_says_the_same(tmp_path: Path, entries: object) -> None:
    found = fitted("dispatch", chats(tmp_path, entries))

    assert [draft.name for draft in found.drafts] == ["+15555550100"]
    assert found.fields("+15555550100")["model"] == "sonnet"


def test_both_models_and_tiers_may_be_missing(tmp_path: Path) -> None:
    """Groups are registered without either."""
    found = fitted("dispatch", chats(tmp_path, {"g": without("model", "tier", "contact_name")}))

    assert {"model", "tier"}.isdisjoint(found.fields("g"))


def test_a_session_without_a_directory_runs_where_dispatch_put_it(tmp_path: Path) -> None:
    found = fitted("dispatch", chats(tmp_path, {"c": without("transcript_dir")}))

    assert found.fields("c")["cwd"] == "~/transcripts/imessage/_15555550100"


@pytest.mark.parametrize("name", ["../../etc", "/etc"])
def test_a_session_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    found = fitted("dispatch", chats(tmp_path, {"c": without("transcript_dir") | {"session_name": name}}))

    assert "cwd" not in found.fields("c")


def test_a_preference_for_a_chat_that_never_began_is_stopped(tmp_path: Path) -> None:
    entry = {"chat_id": "c", "session_name": "imessage/c", "created_at": "x", "updated_at": "y", "model": "haiku"}
    found = fitted("dispatch", chats(tmp_path, {"c": entry}))

    assert found.fields("c")["state"] == "stopped"
    assert found.fields("c")["model"] == "haiku"


def test_a_model_that_the_agent_does_not_offer_is_dropped_and_said(tmp_path: Path) -> None:
    found = fitted("dispatch", chats(tmp_path, {"c": JOHN | {"model": "gpt-9"}}))

    assert "model" not in found.fields("c")
    assert found.told("c", Fate.DROPPED)["model"].startswith("claude does not offer gpt-9, it offers ")


def test_a_field_of_a_later_version_is_told_with_what_it_says(tmp_path: Path) -> None:
    found = fitted("dispatch", chats(tmp_path, {"c": JOHN | {"mood": ["calm"]}}))

    assert '["calm"]' in found.told("c", Fate.DROPPED)["mood"]


def test_the_temporary_model_for_all_is_told_and_where_it_may_have_been_written(tmp_path: Path) -> None:
    """It writes its override over the chat's own model when it begins a session (facts/origins.md 1 d)."""
    chats(tmp_path, {"c": JOHN})
    (tmp_path / "model_override.json").write_text(json.dumps({"model": "sonnet", "set_at": "x", "trigger": "auto"}))
    found = fitted("dispatch", tmp_path)

    assert found.fleet == {}
    assert "muster override" in found.fleet_remarks["model_override.json"]
    assert "temporary" in [remark.says for remark in found.draft("c").remarks if remark.field == "model"][1]


def test_one_bad_entry_hides_no_other(tmp_path: Path) -> None:
    entries = {"a": JOHN, "b": [1], "c": "x", "d": without("session_id"), "e": None}
    found = fitted("dispatch", chats(tmp_path, entries))

    assert [draft.record.key for draft in found.drafts] == ["a", "d"]
    assert found.troubles == [
        ("sessions.json: b", "cannot read the entry: [1] is no mapping"),
        ("sessions.json: c", "cannot read the entry: x is no mapping"),
        ("sessions.json: e", "cannot read the entry: null is no mapping"),
    ]


def test_an_entry_of_nobody_is_told(tmp_path: Path) -> None:
    found = fitted("dispatch", chats(tmp_path, [without("chat_id"), JOHN]))

    assert len(found.drafts) == 1
    assert found.troubles == [("sessions.json: entry 1", "cannot tell whose entry it is: it has no chat_id")]


def test_wrong_types_are_dropped_one_by_one(tmp_path: Path) -> None:
    entry = JOHN | {"tier": ["x"], "model": {"a": 1}, "session_id": True, "transcript_dir": 3.5}
    found = fitted("dispatch", chats(tmp_path, {"c": entry}))
    dropped = found.told("c", Fate.DROPPED)

    assert {"tier", "model", "session_id", "transcript_dir"} <= dropped.keys()
    assert found.fields("c")["cwd"].startswith("~/transcripts/")


@pytest.mark.parametrize("word", ["a\x1b[31m", "a\nb", "a\u202eb", "a\x85b", "   ", "\udcff"])
def test_a_word_that_a_terminal_would_obey_is_dropped(tmp_path: Path, word: str) -> None:
    found = fitted("dispatch", chats(tmp_path, {"c": JOHN | {"tier": word, "transcript_dir": word}}))

    assert "tier" not in found.fields("c")
    assert {"tier", "transcript_dir"} <= found.told("c", Fate.DROPPED).keys()


@pytest.mark.parametrize(
    "content, place, why",
    [
        (b"", "sessions.json", "it is empty"),
        (b'{"a": {', "sessions.json:1:8", "it is no JSON"),
        (b'{\n "a" 1}', "sessions.json:2:6", "it is no JSON"),
        (b"\xff\xfe{}", "sessions.json", "it is not UTF-8"),
        (b"[" * 100_000, "sessions.json", "it is no JSON"),
    ],
)
def test_a_corrupt_registry_is_told_with_its_place(tmp_path: Path, content: bytes, place: str, why: str) -> None:
    (tmp_path / "sessions.json").write_bytes(content)
    found = fitted("dispatch", tmp_path / "sessions.json")

    assert not found.drafts
    assert found.troubles[0][0] == place
    assert why in found.troubles[0][1]


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "sessions.json").write_text(
        '{"a": {"chat_id": "a", "tier": "admin"}, "a": {"chat_id": "a", "tier": "bots"}}'
    )
    found = fitted("dispatch", tmp_path / "sessions.json")

    assert found.fields("a")["tier"] == "bots"
    assert "stands twice" in found.troubles[0][1]


@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sessions.json")
    found = fitted("dispatch", tmp_path / "sessions.json")

    assert found.troubles == [("sessions.json", "cannot read the file: it is no regular file")]


def test_nothing_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = fitted("dispatch", tmp_path / "empty", tmp_path / "absent.json")

    assert [message.split(":")[0] for _, message in found.troubles] == [
        "cannot find records of dispatch here",
        "cannot read the file",
    ]
