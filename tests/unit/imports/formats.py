"""Records as the four systems write them, old and new, for tests; and what is there before an import."""

import json
import re
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from controller.doors import reading
from controller.imports import fleet, systems
from controller.imports.fit import fit
from controller.model.imported import Draft, Fate, Found
from controller.model.loaded import Loaded
from controller.settings import Settings

# Column names alone; SQLite needs no types, and one that a test leaves out says nothing.
TELECLAUDE_OLD = """session_id, computer_name, title, tmux_session_name, origin_adapter, adapter_metadata, created_at,
    last_activity, terminal_size, working_directory DEFAULT '~', description, ux_state, initiated_by_ai DEFAULT 0"""
TELECLAUDE_NEW = """session_id, computer_name, title, tmux_session_name, project_path, subdir, description,
    initiated_by_ai DEFAULT 0, initiator_session_id, native_session_id, native_log_file, active_agent, thinking_mode,
    lifecycle_status DEFAULT 'active', human_role, session_metadata, transcript_files DEFAULT '[]', visibility,
    closed_at, claude_model"""
FLYNN = {"session_config": "session_id, key, value", "messages": "id, session_id, role, content"}
KANDEV_OLD = {
    "task_sessions": """id, task_id, agent_profile_id, repository_id, container_id DEFAULT '', state,
        progress DEFAULT 0, agent_profile_snapshot DEFAULT '{}', repository_snapshot DEFAULT '{}',
        metadata DEFAULT '{}', started_at""",
    "executors_running": """id, session_id, task_id, executor_id, runtime DEFAULT '', status, resumable DEFAULT 0,
        resume_token DEFAULT '', container_id DEFAULT '', pid DEFAULT 0, worktree_path DEFAULT '', worktree_branch""",
    "tasks": "id, title",
    "agents": "id, name",
    "agent_profiles": "id, agent_id, name, model",
    "task_session_worktrees": "id, session_id, worktree_path",
}
KANDEV_NEW = KANDEV_OLD | {
    "task_sessions": """id, task_id, agent_profile_id, repository_id, container_id DEFAULT '', state, name DEFAULT '',
        agent_profile_snapshot DEFAULT '{}', repository_snapshot DEFAULT '{}', metadata DEFAULT '{}', started_at,
        is_primary DEFAULT 0, is_passthrough DEFAULT 0, task_environment_id DEFAULT '', cost_subcents DEFAULT 0""",
    "tasks": "id, title, parent_id DEFAULT '', origin DEFAULT 'manual', archived_at",
    "agent_profiles": "id, agent_id, name, model, fallback_model DEFAULT '', auto_fallback DEFAULT 0",
    "task_environments": "id, workspace_path DEFAULT ''",
    "repositories": "id, local_path DEFAULT ''",
}


def database(path: Path, tables: Mapping[str, str], rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """Make a database; a value that is a mapping or a list is a column of JSON."""
    with sqlite3.connect(path) as made:
        for table, columns in tables.items():
            made.execute(f"CREATE TABLE {table} ({columns})")
        for table, several in rows.items():
            for row in several:
                values = [json.dumps(one) if isinstance(one, dict | list) else one for one in row.values()]
                made.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", values)
    made.close()
    return path


def teleclaude(place: Path, *rows: Mapping[str, Any], columns: str = TELECLAUDE_NEW, **more: str) -> Path:
    """A database of TeleClaude; `more` are tables besides."""
    return database(place / "teleclaude.db", {"sessions": columns, **more}, {"sessions": rows})


def chats(place: Path, entries: Any) -> Path:
    """A registry of dispatch."""
    path = place / "sessions.json"
    path.write_text(json.dumps(entries))
    return path


@dataclass(frozen=True)
class Fitted:
    """What was found, and what it would be beside a fleet."""

    found: Found
    drafts: tuple[Draft, ...]
    loaded: Loaded

    def draft(self, key: str) -> Draft:
        """The draft for a record."""
        return next(draft for draft in self.drafts if draft.record.key == key)

    def fields(self, key: str) -> dict[str, str]:
        """What the file for a record would say."""
        return dict(self.draft(key).fields)

    def told(self, key: str, fate: Fate) -> dict[str, str]:
        """What is told of a record's fields that had this fate."""
        return {remark.field: remark.says for remark in self.draft(key).remarks if remark.fate is fate}

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """Place, without its directory, and message of all that cannot be read."""
        return [(trouble.place.rpartition("/")[2], trouble.message) for trouble in self.found.troubles]

    @property
    def fleet(self) -> dict[str, Any]:
        """The words for the fleet's file."""
        return {".".join(word.path): word.value for word in fleet.words(self.found, self.loaded)[0]}

    @property
    def fleet_remarks(self) -> dict[str, str]:
        """What became of what is about all sessions; files without their directory."""
        remarks = (*self.found.remarks, *fleet.words(self.found, self.loaded)[1])
        return {re.sub(r"\S*/", "", remark.field): remark.says for remark in remarks}


def fitted(system: str, *paths: Path, fleet_says: str = "") -> Fitted:
    """What an import would make of files, in an empty directory with this fleet."""
    found = systems.found(system, paths)
    there = loaded(fleet_says)
    return Fitted(found=found, drafts=fit(found, there, frozenset()), loaded=there)


@cache
def loaded(fleet_says: str) -> Loaded:
    """What a directory with nothing but this fleet says; half a second, because no cache is warm."""
    with tempfile.TemporaryDirectory() as place:
        if fleet_says:
            (Path(place) / "_fleet.yaml").write_text(fleet_says)
        found = reading.loaded(Settings(sessions_dirs=(Path(place),), state_dir=Path(place) / "state"))
    assert not found.problems
    return found
