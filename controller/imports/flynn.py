"""Flynn: settings a session in a table, one preference for all, and a configuration that says what its tiers are."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..model.imported import Fate, FleetWord, ForeignRecord, Found, Remark, Said, Trouble
from .row import Row, shown
from .source import Document, Sources, read
from .words import Words, words

_SETTING = "modelTier"
_SPAWNED = "subagent:"
_READ = {"models", "agents", "agent_configs", "backends"}
"""Of its configuration."""


class FlynnWords(Words):
    """What is said of Flynn."""

    own: list[str]
    """Its backends that are no program."""
    priority: list[str]
    """Which program it takes where none is said."""
    tiers: dict[str, str]
    """A tier to the class of models that is like it."""
    aliases: dict[str, str]
    """Other words for a tier."""


def found(paths: Sequence[Path]) -> Found:
    """Read Flynn's files."""
    said = words("flynn", FlynnWords)
    return parse(read(paths, said), said)


def parse(sources: Sources, said: FlynnWords) -> Found:
    """Return what the files hold."""
    troubles = list(sources.troubles)
    ours = [one for one in sources.databases if "session_config" in one.tables or "messages" in one.tables]
    if sources.databases and not ours:
        where = ", ".join(one.file for one in sources.databases)
        troubles.append(Trouble(where, "cannot find the table session_config: it is no database of Flynn"))
    documents = {one.name: one for one in sources.documents if isinstance(one.value, dict)}
    troubles += [
        Trouble(one.file, f"cannot read the file: {shown(one.value)} is no mapping")
        for one in sources.documents
        if one.name not in documents
    ]
    configs = [one for one in documents.values() if not one.file.endswith(".json")]
    preferences = [one for one in documents.values() if one.file.endswith(".json")]
    flynn = _Flynn(said, configs[0] if configs else None)
    settings = _settings(sources, troubles)
    records = tuple(flynn.record(key, place, row) for key, (place, row) in settings.items())
    fleet = (*flynn.preferred(preferences), *flynn.configured())
    remarks = (*_without_settings(sources, settings), *flynn.remarks)
    return Found(
        system="flynn",
        files=sources.files,
        records=records,
        fleet=fleet,
        remarks=remarks,
        troubles=(*troubles, *flynn.troubles),
    )


def _settings(sources: Sources, troubles: list[Trouble]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return session to its place and its settings, one row a setting."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for place, row in sources.rows("session_config"):
        session, key = row.get("session_id"), row.get("key")
        if not isinstance(session, str) or not session.strip() or not isinstance(key, str):
            troubles.append(Trouble(place, "cannot tell whose setting it is: it has no session_id or no key"))
            continue
        _, settings = found.setdefault(session, (f"{place} ({session})", {}))
        settings[key] = row.get("value")
    return found


def _without_settings(sources: Sources, settings: Mapping[str, Any]) -> Iterator[Remark]:
    """Tell how many sessions only have messages: they follow the default, here as there."""
    others = {row.get("session_id") for _, row in sources.rows("messages")} - {None, *settings}
    if others:
        says = f"{len(others)} sessions have no setting of their own; the fleet's default is theirs, and needs no file"
        yield Remark(Fate.DROPPED, "messages", says)


class _Flynn:
    """What its configuration makes of its words."""

    def __init__(self, said: FlynnWords, config: Document | None) -> None:
        self._said = said
        self.remarks: list[Remark] = []
        self.troubles: list[Trouble] = []
        self._config: Mapping[str, Any] = config.value if config else {}
        self._file = config.file if config else ""
        self._backend = self._default_backend()
        if left := sorted(map(str, self._config.keys() - _READ)):
            self.remarks.append(Remark(Fate.DROPPED, f"{', '.join(left)} of {self._file}", "not about which model"))

    def record(self, key: str, place: str, settings: Mapping[str, Any]) -> ForeignRecord:
        """Return a session's settings as a record."""
        row = Row(settings, self._said.dropped)
        fields: dict[str, Said | None] = {"state": Said("", "stopped")}
        if tier := row.said(_SETTING):
            fields["model"] = self._model(tier)
        row.default("state", "stopped: Flynn runs no process a session; `muster start` begins one")
        row.default("conversation", "none: Flynn keeps what was said itself, and no agent can go on with it")
        if self._backend:
            fields["agent"] = self._backend
        else:
            row.default("agent", "the fleet's: Flynn answers itself")
        frontend, _, user = key.partition(":")
        fields |= self._family(key)
        if "parent" not in fields:
            row.default("origin", "human: only subagents are an AI's")
        row.close()
        labels = {"frontend": frontend, "user": user} if user and "parent" not in fields else {"frontend": frontend}
        return ForeignRecord(
            place=place,
            key=key,
            name=key,
            said={field: word for field, word in fields.items() if word},
            labels=labels,
            remarks=tuple(row.remarks),
        )

    @staticmethod
    def _family(key: str) -> dict[str, Said | None]:
        """A subagent's key is `subagent:PARENT:CHILD`, and a parent's has colons of its own."""
        parent, colon, child = key.removeprefix(_SPAWNED).rpartition(":")
        if not key.startswith(_SPAWNED) or not (colon and parent and child):
            return {}
        return {"origin": Said("session_id", "ai"), "parent": Said("session_id", parent)}

    def _tier(self, word: str) -> str:
        return self._said.aliases.get(word, word)

    def _model(self, said: Said) -> Said:
        """The model that the configuration gives the tier, with its provider or without, else the class like it."""
        tier = self._tier(said.word)
        row = _mapping(_mapping(self._config, "models"), tier)
        model, provider = row.get("model"), row.get("provider")
        exact = [str(model), f"{provider}/{model}"] if model else []
        alike = self._said.tiers.get(tier)
        return Said(said.field, said.word, (*exact, *([alike] if alike else ())))

    def preferred(self, preferences: Sequence[Document]) -> Iterator[FleetWord]:
        """Yield what is preferred for all: the person's word, else the configuration's."""
        tiers = [(one.file, Row(one.value, self._said.dropped)) for one in preferences]
        said = [(file, word) for file, row in tiers if (word := row.said(_SETTING))]
        primary = _mapping(self._config, "agents").get("primary_tier")
        if not said and isinstance(primary, str):
            said = [(self._file, Said("agents.primary_tier", primary))]
        for file, word in said[:1]:
            yield FleetWord(("defaults", "model"), self._model(word), f"{word.field} of {file}")
        for _, row in tiers:
            row.close()
            self.remarks += row.remarks

    def configured(self) -> Iterator[FleetWord]:
        """Yield the program that answers, and the tiers of agents that have names."""
        if self._backend:
            yield FleetWord(("defaults", "agent"), self._backend.word, f"{self._backend.field} of {self._file}")
        for name, entry in _mapping(self._config, "agent_configs").items():
            tier = _mapping({name: entry}, name).get(_SETTING)
            if isinstance(tier, str):
                field = f"agent_configs.{name}.{_SETTING}"
                yield FleetWord(("tiers", str(name)), self._model(Said(field, tier)), f"{field} of {self._file}")
                says = f"tier {name}; no record says whose agent it is: write `tier: {name}` into those files"
                self.remarks.append(Remark(Fate.CARRIED, field, says))

    def _default_backend(self) -> Said | None:
        """Return the program that answers in Flynn's stead."""
        backends = _mapping(self._config, "backends")
        chosen = backends.get("default")
        enabled = [name for name in self._said.priority if _mapping(backends, name).get("enabled") is True]
        field = "backends.default" if isinstance(chosen, str) else "backends"
        name = chosen if isinstance(chosen, str) else next(iter(enabled), None)
        if name is None or name in self._said.own:
            return None
        for key in ("path", "args"):
            if value := _mapping(backends, name).get(key):
                says = f"{shown(value)}: the profile says how the program is found and started"
                self.remarks.append(Remark(Fate.DROPPED, f"backends.{name}.{key}", says))
        return Said(field, self._said.agents.get(name, name))


def _mapping(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the mapping at a key; empty where there is none."""
    value = tree.get(key)
    return value if isinstance(value, dict) else {}
