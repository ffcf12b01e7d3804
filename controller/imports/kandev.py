"""Kandev: a session of a board's task, the profile it was started with, and the token that resumes it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..model.imported import Fate, ForeignRecord, Found, Remark, Said, Trouble
from . import definitions
from .definitions import KandevWords
from .row import Row
from .source import Sources, read
from .words import words

_LONGEST_TITLE = 40
"""Of a task's title, in the session's name."""


def found(paths: Sequence[Path]) -> Found:
    """Read Kandev's files."""
    said = words("kandev", KandevWords)
    return parse(read(paths, said), said)


def parse(sources: Sources, said: KandevWords) -> Found:
    """Return what the files hold."""
    troubles = list(sources.troubles)
    troubles += [
        Trouble(one.file, "cannot find the table task_sessions: it is no database of Kandev")
        for one in sources.databases
        if "task_sessions" not in one.tables
    ]
    agents, wrong = definitions.parse(sources.documents, said)
    board = _Board(sources)
    records: list[ForeignRecord] = []
    for place, values in sources.rows("task_sessions"):
        key = values.get("id")
        if isinstance(key, str) and key.strip():
            records.append(_Session(f"{place} ({key})", key, values, board, said).record())
        else:
            troubles.append(Trouble(place, "cannot tell which session it is: id says nothing"))
    return Found(
        system="kandev",
        files=sources.files,
        records=tuple(records),
        agents=agents,
        troubles=(*troubles, *wrong),
    )


class _Board:
    """The other tables, by what a session knows of them."""

    def __init__(self, sources: Sources) -> None:
        def table(name: str, key: str = "id") -> dict[str, Mapping[str, Any]]:
            return {str(row[key]): row for _, row in sources.rows(name) if row.get(key)}

        self.running = table("executors_running", "session_id")
        self.tasks, self.agents, self.profiles = table("tasks"), table("agents"), table("agent_profiles")
        self.environments, self.repositories = table("task_environments"), table("repositories")
        self.worktrees = table("task_session_worktrees", "session_id")
        self.session_of = self._sessions(row for _, row in sources.rows("task_sessions"))

    @staticmethod
    def _sessions(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Return task to the session that speaks for it: its primary one, else the first."""
        found: dict[str, str] = {}
        for row in sorted(rows, key=lambda row: not row.get("is_primary")):
            found.setdefault(str(row.get("task_id")), str(row.get("id")))
        return found


class _Session:
    """One row of task_sessions, with what other tables say of it."""

    def __init__(self, place: str, key: str, values: Mapping[str, Any], board: _Board, said: KandevWords) -> None:
        self._place, self._key, self._board, self._said = place, key, board, said
        self._row = Row({name: value for name, value in values.items() if name != "id"}, said.dropped)
        self._running = self._row.under(board.running.get(key, {}), "executors_running.")
        self._snapshot = self._row.tree("agent_profile_snapshot")
        self._metadata = self._row.tree("metadata")
        profile = board.profiles.get(self._row.text("agent_profile_id") or "", {})
        self._profile = Row(profile, {}, "agent_profiles.")
        self._fields: dict[str, Said | None] = {}

    def record(self) -> ForeignRecord:
        """Return the row as a record."""
        row = self._row
        task = self._board.tasks.get(row.text("task_id") or "", {})
        self._task(task)
        self._agent()
        self._model()
        self._runtime()
        self._cwd()
        self._state(task)
        self._fields["conversation"] = self._running.first("resume_token") or self._metadata.tree("acp").said(
            "session_id"
        )
        title = str(task.get("title") or "")
        labels = {"task": title, "chat": row.text("name"), "repository": row.text("repository_id")}
        for one in (self._running, self._snapshot, self._metadata, row):
            one.close()
        return ForeignRecord(
            place=self._place,
            key=self._key,
            name=f"{title[:_LONGEST_TITLE]}-{self._key[:8]}" if title else f"kandev-{self._key[:8]}",
            said={field: word for field, word in self._fields.items() if word},
            labels={label: word for label, word in labels.items() if word},
            remarks=tuple(row.remarks),
        )

    def _task(self, task: Mapping[str, Any]) -> None:
        """Who asked for the task, and whose it is a part of."""
        asked = task.get("origin")
        by_ai = asked in self._said.by_ai
        if asked is None:
            self._row.default("origin", "human: its task does not say who asked")
        else:
            self._fields["origin"] = Said(f"tasks.origin {asked}", "ai" if by_ai else "human")
        if above := task.get("parent_id"):
            parent = self._board.session_of.get(str(above), str(above))
            self._fields["parent"] = Said("tasks.parent_id", parent)

    def _agent(self) -> None:
        """The agent's kind, which the snapshot names since 2026-02 and its profile's agent before."""
        agent = self._profile.text("agent_id") or self._snapshot.text("agent_id") or ""
        kind = self._snapshot.said("agent_name")
        if name := self._board.agents.get(agent, {}).get("name"):
            kind = Said("agents.name", str(name))
        if kind is None and agent:
            kind = Said("agent_profiles.agent_id", agent)
        if kind:
            self._fields["agent"] = Said(kind.field, self._said.profile(kind.word))
        else:
            self._row.default("agent", "the fleet's: no profile tells which it was")

    def _model(self) -> None:
        """The person's choice, then what the agent ran, then the snapshot, then the profile (facts/origins.md 3 b)."""
        choice = self._metadata.tree("runtime_config_overrides")
        ran = self._metadata.tree("runtime_config")
        asked = [self._metadata.said("model_override"), self._running.tree("metadata").said("model_override")]
        said = [
            *asked,
            choice.said("model"),
            ran.said("model"),
            self._snapshot.said("model"),
            self._profile.said("model"),
        ]
        words = [word for word in said if word]
        for other in words[1:]:
            if other.word != words[0].word:
                says = f"{other.word}: {words[0].field} says {words[0].word}"
                self._row.remarks.append(Remark(Fate.DROPPED, other.field, says))
        self._fields["model"] = words[0] if words else None
        if not words:
            self._row.default("model", "none: neither the session nor its profile names one")
        self._effort([choice, ran, self._snapshot])
        for one in (choice, ran):
            one.close()
        self._fields["unavailable"] = self._profile.said("fallback_model")

    def _effort(self, rows: Sequence[Row]) -> None:
        """An effort is one of the options that the agent itself has."""
        for row in rows:
            options = row.tree("config_options")
            options.said("model")
            effort = options.first(*self._said.efforts)
            self._fields["effort"] = self._fields.get("effort") or effort
            options.close()

    def _runtime(self) -> None:
        """A passthrough session is a terminal, every other speaks the protocol."""
        terminal = self._row.flag("is_passthrough")
        if terminal is None:
            terminal = self._snapshot.flag("cli_passthrough")
        self._fields["runtime"] = Said(f"is_passthrough {int(bool(terminal))}", "tmux" if terminal else "acp")

    def _cwd(self) -> None:
        """A worktree of its own, else where its task or its repository stands."""
        board = self._board
        tree = self._row.tree("repository_snapshot")
        environment = board.environments.get(self._row.text("task_environment_id") or "", {})
        places = [
            self._running.said("worktree_path"),
            _said(board.worktrees.get(self._key, {}), "worktree_path", "task_session_worktrees"),
            self._row.said("workspace_path"),
            _said(environment, "workspace_path", "task_environments"),
            tree.said("local_path"),
            _said(board.repositories.get(self._row_repository(), {}), "local_path", "repositories"),
        ]
        self._fields["cwd"] = next((place for place in places if place), None)

    def _row_repository(self) -> str:
        said = self._row.said("repository_id")
        return said.word if said else ""

    def _state(self, task: Mapping[str, Any]) -> None:
        """What has ended stays so; what ran in a container cannot go on outside of it."""
        state, runtime = self._row.text("state"), self._running.text("runtime")
        if self._row.has("container_id") or self._running.has("container_id") or runtime in self._said.elsewhere:
            for row in (self._row, self._running):
                if row.has("container_id"):
                    row.drop("container_id", "a container's conversation stays in it")
            self._fields["state"] = Said(f"executors_running.runtime {runtime}", "stopped")
        elif state in self._said.over or task.get("archived_at"):
            self._fields["state"] = Said(
                f"state {state}" if state in self._said.over else "tasks.archived_at", "stopped"
            )


def _said(row: Mapping[str, Any], column: str, table: str) -> Said | None:
    return Row(row, {}, f"{table}.").said(column)
