"""TeleClaude: a row a session, its columns differ by age: agent, thinking mode, and whether an AI asked for it."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ..model.base import FileValue
from ..model.imported import Fate, ForeignRecord, Found, Remark, Said, Trouble
from .row import Row, shown
from .source import Sources, read
from .words import Words, words


class Mode(FileValue):
    """What a thinking mode is on an agent's command line."""

    model: str
    effort: str | None = None


class TeleclaudeWords(Words):
    """What is said of TeleClaude."""

    agent: str
    """Of rows that name none."""
    rules: dict[str, str]
    """The model of an origin where a row names none."""
    models: list[str]
    """Columns that name a model, the newest form first."""
    conversations: list[str]
    """Columns that hold the agent's own id, the newest form first."""
    modes: dict[str, dict[str, Mode]]
    over: list[str]
    """Words of lifecycle_status for what has ended."""


def found(paths: Sequence[Path]) -> Found:
    """Read TeleClaude's files."""
    said = words("teleclaude", TeleclaudeWords)
    return parse(read(paths, said), said)


def parse(sources: Sources, said: TeleclaudeWords) -> Found:
    """Return what the files hold."""
    troubles = list(sources.troubles)
    troubles += [
        Trouble(one.file, "cannot find the table sessions: it is no database of TeleClaude")
        for one in sources.databases
        if "sessions" not in one.tables
    ]
    mapped = _mapped(sources, troubles)
    rows = list(sources.rows("sessions"))
    computers = {str(row["computer_name"]) for _, row in rows if row.get("computer_name")}
    records: list[ForeignRecord] = []
    for place, values in rows:
        key = values.get("session_id")
        if isinstance(key, str) and key.strip():
            records.append(_Session(f"{place} ({key})", key, values, said).record(mapped.get(key), computers))
        else:
            troubles.append(Trouble(place, "cannot tell which session it is: session_id says nothing"))
    return Found(
        system="teleclaude",
        files=sources.files,
        records=tuple(records),
        remarks=_availability(sources),
        troubles=tuple(troubles),
    )


def _mapped(sources: Sources, troubles: list[Trouble]) -> dict[str, tuple[str, str]]:
    """Return session to agent and conversation, from the map of sessions that run without a terminal."""
    found: dict[str, tuple[str, str]] = {}
    for document in sources.documents:
        entries = document.value if isinstance(document.value, dict) else None
        if entries is None:
            troubles.append(Trouble(document.file, f"cannot read the map: {shown(document.value)} is no mapping"))
        for key, session in (entries or {}).items():
            agent, colon, native = key.partition(":")
            if colon and native and isinstance(session, str):
                found[session] = (agent, native)  # written in order of time: the last one counts
            else:
                troubles.append(
                    Trouble(f"{document.file}: {key}", "cannot read the entry: it is not AGENT:ID to a session")
                )
    return found


def _availability(sources: Sources) -> tuple[Remark, ...]:
    why = "Muster asks the agent itself"
    return tuple(
        Remark(
            Fate.DROPPED,
            f"agent_availability {shown(row.get('agent'))}",
            f"{shown(row.get('reason') or 'no reason')}; {why}",
        )
        for _, row in sources.rows("agent_availability")
        if not row.get("available", 1)
    )


class _Session:
    """One row of the table."""

    def __init__(self, place: str, key: str, values: Mapping[str, Any], said: TeleclaudeWords) -> None:
        self._place, self._key, self._said = place, key, said
        self._row = Row({name: value for name, value in values.items() if name != "session_id"}, said.dropped)
        self._more = self._row.tree("ux_state")
        self._fields: dict[str, Said | None] = {}

    def record(self, mapped: tuple[str, str] | None, computers: set[str]) -> ForeignRecord:
        """Return the row as a record.

        :param mapped: agent and conversation from the map.
        :param computers: the names of all computers that the database speaks of.
        """
        row = self._row
        origin = self._origin()
        agent = self._agent(mapped)
        self._fields["conversation"] = self._first(self._said.conversations) or (
            Said("session_map.json", mapped[1]) if mapped else None
        )
        self._model(agent)
        self._cwd()
        self._state()
        self._computer(computers)
        title, description = row.text("title"), row.text("description")
        name = row.text("tmux_session_name") or f"tc_{self._key[:8]}"
        rule = self._said.rules.get(origin) if agent == self._said.agent else None
        self._more.close()
        row.close()
        return ForeignRecord(
            place=self._place,
            key=self._key,
            name=name,
            said={field: word for field, word in self._fields.items() if word},
            labels={label: word for label, word in {"title": title, "about": description}.items() if word},
            remarks=tuple(row.remarks),
            rule=Said("model", rule) if rule else None,
        )

    def _either(self, column: str) -> Said | None:
        """Return a column, or what stood in ux_state before it was one."""
        return self._row.said(column) or self._more.said(column)

    def _first(self, columns: Sequence[str]) -> Said | None:
        """Return the first of the columns that says a word; those of ux_state by their path."""
        found = None
        for column in columns:
            inside = column.removeprefix("ux_state.")
            said = (self._row if inside == column else self._more).said(inside)
            if found and said and said.word != found.word:
                self._row.remarks.append(Remark(Fate.DROPPED, said.field, f"{found.field} says {found.word}"))
            found = found or said
        return found

    def _origin(self) -> str:
        by_ai = self._row.flag("initiated_by_ai")
        self._fields["parent"] = parent = self._row.said("initiator_session_id")
        if by_ai is None:
            origin = "ai" if parent else "human"
            self._row.default(
                "origin", f"{origin}: initiated_by_ai says nothing" + (", and a session began it" if parent else "")
            )
        else:
            origin = "ai" if by_ai else "human"
        self._fields["origin"] = Said("initiated_by_ai", origin)
        return origin

    def _agent(self, mapped: tuple[str, str] | None) -> str:
        said = self._either("active_agent") or (Said("session_map.json", mapped[0]) if mapped else None)
        if said is None:
            self._row.default("agent", f"{self._said.agent}: the row names none")
        word = self._said.agents.get(said.word, said.word) if said else self._said.agent
        self._fields["agent"] = Said(said.field if said else "", word)
        return word

    def _model(self, agent: str) -> None:
        """The thinking mode speaks first, then a model's own column."""
        mode, own = self._either("thinking_mode"), self._first(self._said.models)
        known = self._said.modes.get(agent, {}).get(mode.word) if mode else None
        if mode and known is None:
            self._row.drop("thinking_mode", f"{mode.word} is no mode of {agent} that is known")
        if mode and known:
            self._fields["model"] = Said(f"thinking_mode {mode.word}", known.model)
            self._fields["effort"] = Said(f"thinking_mode {mode.word}", known.effort) if known.effort else None
            if own:
                self._row.remarks.append(Remark(Fate.DROPPED, own.field, f"thinking_mode says {known.model}"))
        else:
            self._fields["model"] = own

    def _cwd(self) -> None:
        """The project and a directory in it; before, one path."""
        project, inside = self._row.said("project_path"), self._row.text("subdir")
        before = self._row.said("working_directory")
        if project and inside and ".." not in (path := PurePosixPath(inside)).parts and not path.is_absolute():
            project = Said("project_path and subdir", str(PurePosixPath(project.word) / path))
        elif inside:
            self._row.drop("subdir", f"{inside} is no directory of a project")
        self._fields["cwd"] = project or before

    def _state(self) -> None:
        status = self._row.text("lifecycle_status")
        closed = self._row.flag("closed") or self._row.has("closed_at") or status in self._said.over
        if closed:
            self._fields["state"] = Said("lifecycle_status" if status else "closed", "stopped")

    def _computer(self, computers: set[str]) -> None:
        """A database that speaks of one computer is that computer's own, and its names are not our hosts'."""
        computer = self._row.said("computer_name")
        if computer and len(computers) > 1:
            self._fields["hosts"] = computer
        elif computer:
            self._row.drop(
                "computer_name", f"all sessions are of {computer.word}; add hosts: where the files travel to more"
            )
