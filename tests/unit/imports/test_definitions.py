"""Kandev's agents.json as profiles: what a built-in one lacks, a whole one for an agent that has none."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.imports.formats import fitted

AMP: dict[str, Any] = {
    "id": "amp",
    "display_name": "Amp",
    "enabled": True,
    "cmd": ["npx", "-y", "@sourcegraph/amp@latest", "--execute", "--stream-json"],
    "protocol": "amp",
    "model_flag": "-m {model}",
    "required_env": ["AMP_API_KEY"],
    "passthrough_config": {
        "supported": True,
        "passthrough_cmd": ["npx", "-y", "@sourcegraph/amp"],
        "model_flag": "-m {model}",
        "resume_flag": "--resume",
    },
    "session_config": {"native_session_resume": False, "resume_flag": "", "can_recover": True},
    "model_config": {"default_model": "smart", "available_models": [{"id": "smart"}, {"id": "deep"}]},
}


def definition(name: str, **more: Any) -> dict[str, Any]:
    """An entry as the last version has it."""
    session = {"native_session_resume": False, "resume_flag": "--resume", "can_recover": True} | more.pop("session", {})
    models = {"default_model": "", "available_models": []} | more.pop("models", {})
    plain = {"id": name, "cmd": [name, "--acp"], "protocol": "acp", "model_flag": "--model {model}"}
    return plain | {"session_config": session, "model_config": models} | more


def patch(place: Path, *entries: Any, fleet_says: str = "") -> tuple[dict[str, Any], dict[str, str]]:
    """The words for the fleet's file, and what is told of each part, by entry and part."""
    path = place / "agents.json"
    path.write_text(json.dumps({"version": "1.0", "agents": list(entries)}))
    found = fitted("kandev", path, fleet_says=fleet_says)
    assert found.troubles == []
    return found.fleet, {
        field.removeprefix("agents.json: agents, "): says for field, says in found.fleet_remarks.items()
    }


def test_seed_3_an_agent_without_a_profile_becomes_one(tmp_path: Path) -> None:
    fleet, _ = patch(tmp_path, AMP)

    assert fleet == {
        "agents.amp": {
            "title": "Amp",
            "executables": ["npx"],
            "env_required": ["AMP_API_KEY"],
            "models": {"offered": [{"name": "smart"}, {"name": "deep"}], "default": "smart"},
            "default_runtime": "tmux",
            "runtimes": {
                "tmux": {
                    "argv": [
                        {"add": ["{executable}", "-y", "@sourcegraph/amp", "-m", "{model}"]},
                        {"when": "resume", "add": ["--resume", "{conversation}"]},
                        {"add": ["{args}"]},
                    ]
                }
            },
            "conversation": "by-agent",
            "resumes": False,
        }
    }


@pytest.mark.parametrize("word", ["resume_via_acp", "native_session_resume"])
def test_seed_3_native_resume_has_two_names(tmp_path: Path, word: str) -> None:
    """The oldest agents.json calls it resume_via_acp."""
    session = {"native_session_resume": None, "resume_flag": "", word: True}
    fleet, _ = patch(tmp_path, definition("parrot", session=session))

    assert fleet["agents.parrot"]["default_runtime"] == "acp"
    assert fleet["agents.parrot"]["resumes"] is True


def test_seed_3_an_agent_that_cannot_recover_cannot_resume(tmp_path: Path) -> None:
    fleet, told = patch(tmp_path, definition("parrot", session={"can_recover": False}))

    assert fleet["agents.parrot"]["resumes"] is False
    assert any("cannot resume a conversation" in says for says in told.values())


@pytest.mark.parametrize("flag", ["-c", "--continue", "--resume latest"])
def test_a_flag_for_the_newest_conversation_resumes_none(tmp_path: Path, flag: str) -> None:
    """Several sessions may share a directory."""
    terminal = AMP["passthrough_config"] | {"resume_flag": flag}
    session = {"resume_flag": "--resume", "can_recover": True}
    fleet, _ = patch(tmp_path, AMP | {"passthrough_config": terminal, "session_config": session})

    assert fleet["agents.amp"]["resumes"] is False
    assert "when" not in json.dumps(fleet["agents.amp"]["runtimes"])


def test_a_model_flag_is_split_once_and_keeps_its_quotes(tmp_path: Path) -> None:
    fleet, _ = patch(tmp_path, definition("parrot", model_flag='-c model="{model}" x'))

    assert fleet["agents.parrot"]["runtimes"]["acp"]["argv"][0]["add"] == [
        "{executable}",
        "--acp",
        "-c",
        'model="{model}" x',
    ]


def test_models_that_a_profile_lacks_are_laid_over_it(tmp_path: Path) -> None:
    models = {"default_model": "sonnet", "available_models": [{"id": "sonnet"}, {"id": "parrot-1"}, "parrot-2"]}
    fleet, told = patch(tmp_path, definition("claude-code", models=models))

    offered = fleet["agents.claude.models.offered"]
    assert [entry["name"] for entry in offered] == ["haiku", "sonnet", "opus", "parrot-1", "parrot-2"]
    assert offered[1]["ids"]
    assert fleet["agents.claude.models.default"] == "sonnet"
    assert "parrot-1, parrot-2 laid over claude" in told["entry 1 (claude-code): available_models"]


def test_seed_3_a_profile_that_is_proven_knows_better_than_can_recover(tmp_path: Path) -> None:
    """Kandev itself took it back later for some (facts/origins.md 3 a)."""
    session = {"can_recover": False, "resume_flag": ""}
    fleet, told = patch(tmp_path, definition("gemini", session=session), definition("auggie", session=session))

    assert fleet == {"agents.auggie.resumes": False}
    assert told["entry 1 (gemini): can_recover"].startswith("false: gemini resumes, as was proven with")


def test_flags_are_compared_and_never_taken_over(tmp_path: Path) -> None:
    fleet, told = patch(tmp_path, definition("claude-code", model_flag="--modell {model}"))

    assert fleet == {}
    assert "another way, which was measured" in told["entry 1 (claude-code): model_flag"]
    assert told["entry 1 (claude-code): resume_flag"] == "--resume, as claude has it"


def test_taken_over_once_there_is_nothing_left_to_patch(tmp_path: Path) -> None:
    says = "agents: {auggie: {resumes: false}}\n"
    entry = definition("auggie", session={"can_recover": False, "resume_flag": ""})

    assert patch(tmp_path, entry, fleet_says=says)[0] == {}


def test_a_disabled_agent_is_told(tmp_path: Path) -> None:
    _, told = patch(tmp_path, definition("claude-code", enabled=False))

    assert told["enabled"].startswith("false")


def test_a_model_with_no_name_of_a_model_is_dropped(tmp_path: Path) -> None:
    models = {"available_models": [{"id": "-rf"}, {"name": "x"}, 7, {"id": "good"}]}
    fleet, _ = patch(tmp_path, definition("parrot", models=models))

    assert fleet["agents.parrot"]["models"]["offered"] == [{"name": "good"}]


@pytest.mark.parametrize(
    "value",
    [{"agents": {}}, 3, {"agents": [1]}, {"agents": [{"id": "x"}]}, {"agents": [{"id": "x", "cmd": "amp"}]}],
)
def test_what_defines_no_agent_is_told(tmp_path: Path, value: object) -> None:
    (tmp_path / "agents.json").write_text(json.dumps(value))
    found = fitted("kandev", tmp_path / "agents.json")

    assert found.fleet == {}
    assert len(found.troubles) == 1


def test_one_bad_definition_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "agents.json").write_text(json.dumps([{"id": 7}, AMP]))
    found = fitted("kandev", tmp_path / "agents.json")

    assert list(found.fleet) == ["agents.amp"]
    assert [place for place, _ in found.troubles] == ["agents.json: agents, entry 1"]
