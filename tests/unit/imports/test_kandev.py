"""Kandev's database: a session's model by its order of precedence, its token, its agent, its directory, its parent."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from controller.model.imported import Fate
from tests.unit.imports.formats import KANDEV_NEW, KANDEV_OLD, Fitted, database, fitted

SESSION: dict[str, Any] = {
    "id": "11111111-aaaa",
    "task_id": "t1",
    "agent_profile_id": "p1",
    "agent_profile_snapshot": {"id": "p1", "agent_id": "a1", "agent_name": "codex-acp", "model": "gpt-5.2-codex"},
    "state": "IDLE",
}
RUNNING = {"id": "r1", "session_id": "11111111-aaaa", "resume_token": "thread-1", "worktree_path": "/work/tree"}
TASK = {"id": "t1", "title": "Fix the login!"}
PROFILE = {"id": "p1", "agent_id": "a1", "name": "default", "model": "gpt-5.1-codex-max"}
AGENT = {"id": "a1", "name": "codex-acp"}

Rows = Sequence[Mapping[str, Any]]


def board(place: Path, tables: Mapping[str, str] = KANDEV_NEW, /, **rows: Rows) -> Path:
    """A database with one session, and what a test says in place of its parts."""
    usual: dict[str, Rows] = {
        "task_sessions": [SESSION],
        "executors_running": [RUNNING],
        "tasks": [TASK],
        "agent_profiles": [PROFILE],
        "agents": [AGENT],
    }
    return database(place / "kandev.db", tables, usual | rows)


def session(place: Path, **more: Any) -> Fitted:
    """One session with these columns besides."""
    return fitted("kandev", board(place, task_sessions=[SESSION | more]))


KEY = "11111111-aaaa"


def test_seed_3_token_model_agent_and_directory_come_over(tmp_path: Path) -> None:
    found = fitted("kandev", board(tmp_path))

    assert found.draft(KEY).name == "Fix-the-login-11111111"
    assert found.fields(KEY) == {
        "agent": "codex",
        "model": "gpt-5.2-codex",
        "origin": "human",
        "runtime": "acp",
        "cwd": "/work/tree",
        "conversation": "thread-1",
    }
    assert found.troubles == []


def test_the_oldest_shape_says_the_same(tmp_path: Path) -> None:
    """No origin, no passthrough, worktrees in a table of their own, the agent's kind by its profile alone."""
    snapshot = {"model": "gpt-5.2-codex"}
    path = board(
        tmp_path,
        KANDEV_OLD,
        task_sessions=[SESSION | {"agent_profile_snapshot": snapshot}],
        executors_running=[RUNNING | {"worktree_path": ""}],
        task_session_worktrees=[{"id": "w", "session_id": KEY, "worktree_path": "/work/tree"}],
    )
    found = fitted("kandev", path)

    assert found.fields(KEY)["agent"] == "codex"
    assert found.fields(KEY)["model"] == "gpt-5.2-codex"
    assert found.fields(KEY)["cwd"] == "/work/tree"
    assert found.fields(KEY)["origin"] == "human"


@pytest.mark.parametrize(
    "metadata, snapshot, model, field",
    [
        ({}, {}, "gpt-5.1-codex-max", "agent_profiles.model"),
        ({}, {"model": "gpt-5"}, "gpt-5", "agent_profile_snapshot.model"),
        ({"runtime_config": {"model": "gpt-6"}}, {"model": "gpt-5"}, "gpt-6", "metadata.runtime_config.model"),
        (
            {"runtime_config": {"model": "gpt-6"}, "runtime_config_overrides": {"model": "gpt-7"}},
            {"model": "gpt-5"},
            "gpt-7",
            "metadata.runtime_config_overrides.model",
        ),
        ({"model_override": "gpt-8"}, {"model": "gpt-5"}, "gpt-8", "metadata.model_override"),
    ],
)
def test_seed_3_the_persons_choice_speaks_before_profile_and_provider(
    tmp_path: Path, metadata: dict[str, Any], snapshot: dict[str, Any], model: str, field: str
) -> None:
    """Persistent until changed; the order is that of facts/origins.md 3 b."""
    found = session(tmp_path, metadata=metadata, agent_profile_snapshot=snapshot | {"agent_name": "codex"})

    assert found.fields(KEY)["model"] == model
    assert found.told(KEY, Fate.CARRIED)[field] == f"model: {model}"


def test_each_word_for_the_model_that_lost_is_told(tmp_path: Path) -> None:
    found = session(tmp_path, metadata={"runtime_config_overrides": {"model": "gpt-7"}})

    dropped = found.told(KEY, Fate.DROPPED)
    assert dropped["agent_profile_snapshot.model"] == (
        "gpt-5.2-codex: metadata.runtime_config_overrides.model says gpt-7"
    )
    assert "says gpt-7" in dropped["agent_profiles.model"]


def test_seed_3_no_model_anywhere_is_no_opinion(tmp_path: Path) -> None:
    """The model is optional there; here the layers speak."""
    path = board(
        tmp_path, task_sessions=[SESSION | {"agent_profile_snapshot": {"agent_name": "codex"}}], agent_profiles=[]
    )
    found = fitted("kandev", path)

    assert "model" not in found.fields(KEY)


def test_seed_3_an_unsupported_model_is_dropped_before_anything_is_touched(tmp_path: Path) -> None:
    found = session(tmp_path, agent_profile_snapshot={"agent_name": "codex", "model": "opus"})

    assert "model" not in found.fields(KEY)
    assert "codex does not offer opus" in found.told(KEY, Fate.DROPPED)["agent_profile_snapshot.model"]


def test_seed_3_the_fallback_model_is_what_stands_in(tmp_path: Path) -> None:
    """A model that was removed: the profile's own fallback, by name."""
    path = board(tmp_path, agent_profiles=[PROFILE | {"fallback_model": "gpt-5"}])

    assert fitted("kandev", path).fields(KEY)["unavailable"] == "gpt-5"


def test_an_effort_among_the_options_comes_over(tmp_path: Path) -> None:
    options = {"config_options": {"reasoning_effort": "high", "colour": "blue", "model": "gpt-7"}}
    found = session(tmp_path, metadata={"runtime_config_overrides": options})

    assert found.fields(KEY)["effort"] == "high"
    assert "metadata.runtime_config_overrides.config_options.colour" in found.told(KEY, Fate.DROPPED)


@pytest.mark.parametrize(
    "kind, agent",
    [
        ("claude-code", "claude"),
        ("claude-acp", "claude"),
        ("auggie-agent", "auggie"),
        ("codex-agent", "codex"),
        ("gemini", "gemini"),
        ("copilot-acp", "copilot"),
        ("opencode-acp", "opencode"),
    ],
)
def test_ids_of_every_age_are_the_same_agent(tmp_path: Path, kind: str, agent: str) -> None:
    found = fitted("kandev", board(tmp_path, agents=[{"id": "a1", "name": kind}]))

    assert found.fields(KEY)["agent"] == agent


def test_a_passthrough_session_is_a_terminal(tmp_path: Path) -> None:
    found = session(tmp_path, is_passthrough=1)

    assert found.fields(KEY)["runtime"] == "tmux"


def test_a_runtime_that_the_profile_lacks_is_told(tmp_path: Path) -> None:
    """Its own default is taken."""
    found = fitted("kandev", board(tmp_path, agents=[{"id": "a1", "name": "auggie"}]))

    assert "runtime" not in found.fields(KEY)
    assert "auggie has no runtime acp here" in found.told(KEY, Fate.DROPPED)["is_passthrough 0"]


@pytest.mark.parametrize("asked, origin", [("agent_created", "ai"), ("manual", "human"), ("routine", "human")])
def test_who_asked_is_the_tasks_origin(tmp_path: Path, asked: str, origin: str) -> None:
    found = fitted("kandev", board(tmp_path, tasks=[TASK | {"origin": asked}]))

    assert found.fields(KEY)["origin"] == origin


def test_the_parents_primary_session_is_the_parent(tmp_path: Path) -> None:
    above = {"id": "t0", "title": "All"}
    sessions = [
        SESSION,
        {"id": "22222222-bbbb", "task_id": "t0", "agent_profile_id": "p1"},
        {"id": "33333333-cccc", "task_id": "t0", "agent_profile_id": "p1", "is_primary": 1},
    ]
    tasks = [TASK | {"origin": "agent_created", "parent_id": "t0"}, above]
    found = fitted("kandev", board(tmp_path, task_sessions=sessions, tasks=tasks))

    assert found.fields(KEY)["parent"] == "All-33333333"


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "CANCELLED"])
def test_what_has_ended_is_stopped(tmp_path: Path, state: str) -> None:
    found = session(tmp_path, state=state)

    assert found.fields(KEY)["state"] == "stopped"
    assert found.fields(KEY)["conversation"] == "thread-1"


@pytest.mark.parametrize("more", [{"runtime": "docker"}, {"runtime": "ssh"}, {"container_id": "c0ffee"}])
def test_what_ran_in_a_container_is_stopped(tmp_path: Path, more: dict[str, str]) -> None:
    """Its conversation stands on another file system."""
    found = fitted("kandev", board(tmp_path, executors_running=[RUNNING | more]))

    assert found.fields(KEY)["state"] == "stopped"


@pytest.mark.parametrize(
    "rows, cwd",
    [
        ({"task_environments": [{"id": "e1", "workspace_path": "/work/env"}]}, "/work/env"),
        ({"repositories": [{"id": "repo", "local_path": "/work/repo"}]}, "/work/repo"),
        ({}, None),
    ],
)
def test_the_directory_is_the_nearest_that_is_said(tmp_path: Path, rows: dict[str, Rows], cwd: str | None) -> None:
    sessions = [SESSION | {"task_environment_id": "e1", "repository_id": "repo"}]
    path = board(tmp_path, task_sessions=sessions, executors_running=[RUNNING | {"worktree_path": ""}], **rows)

    assert fitted("kandev", path).fields(KEY).get("cwd") == cwd


def test_bad_columns_and_rows_hide_nothing_else(tmp_path: Path) -> None:
    sessions = [
        {"id": None},
        SESSION | {"metadata": "{half", "agent_profile_snapshot": [1]},
        {"id": "22222222-bbbb"},
    ]
    found = fitted("kandev", board(tmp_path, task_sessions=sessions))

    assert [place for place, _ in found.troubles] == ["kandev.db: task_sessions, row 1"]
    assert {"metadata", "agent_profile_snapshot"} <= found.told(KEY, Fate.DROPPED).keys()
    assert found.fields(KEY)["model"] == "gpt-5.1-codex-max"
    assert found.draft("22222222-bbbb").name == "kandev-22222222"


def test_another_database_is_told(tmp_path: Path) -> None:
    found = fitted("kandev", database(tmp_path / "x.db", {"other": "a"}, {}))

    assert found.troubles == [("x.db", "cannot find the table task_sessions: it is no database of Kandev")]
