"""Flynn's settings: a tier a session, one preference for all, and what its configuration says the tiers are."""

import json
from pathlib import Path

import pytest

from controller.model.imported import Fate
from tests.unit.imports.formats import FLYNN, database, fitted

CONFIG = """\
models:
  fast: {provider: anthropic, model: claude-haiku-4-5}
  default: {provider: anthropic, model: claude-sonnet-4-20250514}
  local: {provider: ollama, model: "llama3.2:1b"}
agents: {primary_tier: complex}
agent_configs: {researcher: {modelTier: fast}, poet: {backend: native}}
server: {port: 18800}
"""


def settings(place: Path, *rows: tuple[str, str, object], messages: tuple[str, ...] = ()) -> Path:
    """A database with these settings."""
    said = [{"session_id": session, "key": key, "value": value} for session, key, value in rows]
    talked = [{"id": number, "session_id": session} for number, session in enumerate(messages)]
    return database(place / "flynn.db", FLYNN, {"session_config": said, "messages": talked})


@pytest.mark.parametrize(
    "tier, model",
    [("fast", "fast"), ("default", "balanced"), ("complex", "powerful"), ("haiku", "fast"), ("opus", "powerful")],
)
def test_seed_2_a_sessions_override_becomes_its_own_word(tmp_path: Path, tier: str, model: str) -> None:
    """D1, and the aliases of its tiers."""
    found = fitted("flynn", settings(tmp_path, ("telegram:123", "modelTier", tier)))

    assert found.fields("telegram:123") == {"model": model, "origin": "human", "state": "stopped"}
    assert found.draft("telegram:123").name == "telegram-123"


def test_seed_2_every_frontend_is_the_same_session_with_its_labels(tmp_path: Path) -> None:
    """D3."""
    found = fitted("flynn", settings(tmp_path, ("ws:abc", "modelTier", "fast"), ("telegram:1:2", "modelTier", "fast")))

    assert found.draft("ws:abc").labels == {"flynn": "ws:abc", "frontend": "ws", "user": "abc"}
    assert found.draft("telegram:1:2").labels == {"flynn": "telegram:1:2", "frontend": "telegram", "user": "1:2"}


def test_seed_2_the_preference_for_all_is_a_patch_for_the_fleet(tmp_path: Path) -> None:
    """preferences.json still works; the sessions' own words stay above it."""
    settings(tmp_path, ("ws:abc", "modelTier", "complex"))
    (tmp_path / "preferences.json").write_text(json.dumps({"modelTier": "fast", "backendMode": "force_native"}))
    found = fitted("flynn", tmp_path)

    assert found.fleet == {"defaults.model": "fast"}
    assert found.fields("ws:abc")["model"] == "powerful"


def test_a_preference_that_the_fleet_has_already_needs_no_patch(tmp_path: Path) -> None:
    (tmp_path / "preferences.json").write_text(json.dumps({"modelTier": "fast"}))
    found = fitted("flynn", tmp_path, fleet_says="defaults: {model: fast}\n")

    assert found.fleet == {}
    assert "as the fleet says" in found.fleet_remarks["modelTier of preferences.json"]


def test_a_tier_is_the_model_that_the_configuration_gives_it(tmp_path: Path) -> None:
    settings(tmp_path, ("a:1", "modelTier", "fast"), ("b:2", "modelTier", "complex"), ("c:3", "modelTier", "local"))
    (tmp_path / "config.yaml").write_text(CONFIG)
    found = fitted("flynn", tmp_path)

    assert found.fields("a:1")["model"] == "claude-haiku-4-5"
    assert found.fields("b:2")["model"] == "powerful"
    assert "model" not in found.fields("c:3")
    assert "claude does not offer local" in found.told("c:3", Fate.DROPPED)["modelTier"]


def test_a_local_model_comes_over_for_an_agent_that_has_it(tmp_path: Path) -> None:
    settings(tmp_path, ("c:3", "modelTier", "ollama"))
    (tmp_path / "config.yaml").write_text(CONFIG + "backends: {default: opencode}\n")
    found = fitted("flynn", tmp_path)

    assert found.fields("c:3")["agent"] == "opencode"
    assert found.fields("c:3")["model"] == "ollama/llama3.2:1b"


def test_the_configurations_words_for_all_are_patches(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    found = fitted("flynn", tmp_path)

    assert found.fleet == {"tiers.researcher": "claude-haiku-4-5"}
    primary = found.fleet_remarks["agents.primary_tier of config.yaml"]
    assert primary == "defaults.model: powerful, as the fleet says"
    assert found.fleet_remarks["server of config.yaml"] == "not about which model"


@pytest.mark.parametrize(
    "backends, agent",
    [
        ("{default: claude_code, codex: {enabled: true}}", "claude"),
        ("{gemini: {enabled: true}, codex: {enabled: true}}", "codex"),
        ("{default: native, codex: {enabled: true}}", None),
        ("{codex: {enabled: false}}", None),
        ("[]", None),
    ],
)
def test_the_program_that_answers_is_the_agent(tmp_path: Path, backends: str, agent: str | None) -> None:
    """The one that is chosen, else the first of its order that is enabled; its own loop is no program."""
    settings(tmp_path, ("a:1", "modelTier", "fast"))
    (tmp_path / "config.yaml").write_text(f"backends: {backends}\n")

    assert fitted("flynn", tmp_path).fields("a:1").get("agent") == agent


def test_a_subagent_is_an_ais_session_with_its_parent(tmp_path: Path) -> None:
    """The parent's key has colons of its own."""
    rows = [("telegram:123", "modelTier", "complex"), ("subagent:telegram:123:x1", "modelTier", "fast")]
    found = fitted("flynn", settings(tmp_path, *rows))

    assert found.fields("subagent:telegram:123:x1")["origin"] == "ai"
    assert found.fields("subagent:telegram:123:x1")["parent"] == "telegram-123"


def test_a_subagent_whose_parent_has_no_file_is_told(tmp_path: Path) -> None:
    found = fitted("flynn", settings(tmp_path, ("subagent:telegram:123:x1", "modelTier", "fast")))

    assert "parent" not in found.fields("subagent:telegram:123:x1")
    assert "telegram:123 is not brought in" in found.told("subagent:telegram:123:x1", Fate.DROPPED)["session_id"]


def test_other_settings_and_sessions_without_any_are_told(tmp_path: Path) -> None:
    rows = [("a:1", "modelTier", "fast"), ("a:1", "queueMode", "interrupt")]
    found = fitted("flynn", settings(tmp_path, *rows, messages=("a:1", "b:2", "c:3")))

    assert "interrupt" in found.told("a:1", Fate.DROPPED)["queueMode"]
    assert found.fleet_remarks["messages"].startswith("2 sessions have no setting of their own")
    assert len(found.drafts) == 1


def test_bad_rows_hide_no_other(tmp_path: Path) -> None:
    rows = [
        ("", "modelTier", "fast"),
        ("a:1", "modelTier", "fast"),
        (None, "modelTier", "x"),
        ("b:2", "modelTier", b"\xff"),
    ]
    found = fitted("flynn", settings(tmp_path, *rows))  # type: ignore[arg-type]  # what no schema of theirs allows

    assert [draft.record.key for draft in found.drafts] == ["a:1", "b:2"]
    assert [place for place, _ in found.troubles] == [
        "flynn.db: session_config, row 1",
        "flynn.db: session_config, row 3",
    ]
    assert "modelTier" in found.told("b:2", Fate.DROPPED)


@pytest.mark.parametrize(
    "name, text, why",
    [
        ("preferences.json", "[1]", "cannot read the file: [1] is no mapping"),
        ("preferences.json", "{", "cannot read the file: it is no JSON"),
        ("config.yaml", "a: [1", "cannot read the file: it is no YAML"),
        ("config.yaml", "a: !!python/object:os.system {}", "cannot read the file: it is no YAML"),
    ],
)
def test_corrupt_files_are_told(tmp_path: Path, name: str, text: str, why: str) -> None:
    settings(tmp_path, ("a:1", "modelTier", "fast"))
    (tmp_path / name).write_text(text)
    found = fitted("flynn", tmp_path)

    assert len(found.drafts) == 1
    assert found.troubles[0][0].startswith(name)
    assert found.troubles[0][1].startswith(why)
