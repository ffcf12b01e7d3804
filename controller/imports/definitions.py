"""Kandev's agents.json: how each agent was started, switched and resumed. Its oldest form has other words for some."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..model.imported import CommandForm, Definition, Trouble
from ..model.scalars import MODEL
from .row import Row, shown
from .source import Document
from .words import Words


class KandevWords(Words):
    """What is said of Kandev."""

    endings: list[str]
    """Endings of ids that are a profile's name otherwise."""
    elsewhere: list[str]
    """Runtimes whose conversations stand on another machine, or in a container."""
    over: list[str]
    """States of what has ended."""
    by_ai: list[str]
    """Origins of tasks that an agent made."""
    efforts: list[str]
    """Names of the option that is a reasoning effort."""
    continues: list[str]
    """Flags that go on with the newest conversation, whichever it is."""

    def profile(self, word: str) -> str:
        """Return the profile's name for an id of theirs."""
        if word in self.agents:
            return self.agents[word]
        return next((word.removesuffix(end) for end in self.endings if word.endswith(end)), word)


def parse(documents: Sequence[Document], said: KandevWords) -> tuple[tuple[Definition, ...], list[Trouble]]:
    """Return the agents that the files define, and what cannot be read."""
    found: list[Definition] = []
    troubles: list[Trouble] = []
    for document in documents:
        value = document.value
        entries = value.get("agents") if isinstance(value, dict) else value
        if not isinstance(entries, list):
            troubles.append(Trouble(document.file, "cannot read the file: it has no list of agents"))
            continue
        for number, entry in enumerate(entries, start=1):
            place = f"{document.file}: agents, entry {number}"
            definition = _definition(place, entry, said) if isinstance(entry, dict) else None
            if definition is None:
                why = "has no id, or no list of words as cmd"
                troubles.append(Trouble(place, f"cannot read the entry: {shown(entry)} {why}"))
            else:
                found.append(definition)
    return tuple(found), troubles


def _definition(place: str, entry: Mapping[str, Any], said: KandevWords) -> Definition | None:
    row = Row(entry, said.dropped)
    name, command = row.text("id"), row.words("cmd")
    if name is None or not command or row.remarks:
        return None
    session, models, terminal = row.tree("session_config"), row.tree("model_config"), row.tree("passthrough_config")
    flag = session.text("resume_flag")
    native = session.flag("native_session_resume")
    before = session.flag("resume_via_acp")  # its name until 2026-02
    if row.flag("enabled") is False:
        row.drop("enabled", "false: take its patch only if you want it")
    title, label = row.text("display_name"), row.text("name")
    offered, default = _models(models), models.text("default_model")
    definition = Definition(
        place=f"{place} ({name})",
        agent=said.profile(name),
        title=title or label or name,
        headless=CommandForm(command=command, model=_split(row.text("model_flag")), resume=_resume(flag, said)),
        terminal=_terminal(terminal, said),
        acp=row.text("protocol") == "acp",
        recovers=session.flag("can_recover") is not False and bool(flag or native or before),
        models=offered,
        default=default,
        env_required=row.words("required_env"),
    )
    for one in (session, models, terminal, row):
        one.close()
    return replace(definition, remarks=tuple(row.remarks))


def _terminal(row: Row, said: KandevWords) -> CommandForm | None:
    """Return how it is started for a person, where it can be."""
    command, supported = row.words("passthrough_cmd"), row.flag("supported")
    model, resume = _split(row.text("model_flag")), _resume(row.text("resume_flag"), said)
    return CommandForm(command=command, model=model, resume=resume) if command and supported is not False else None


def _split(flag: str | None) -> tuple[str, ...]:
    """Return the words of a flag with a value: their rule is to split once, at the first space."""
    return tuple(flag.split(" ", 1)) if flag and "{model}" in flag else ()


def _resume(flag: str | None, said: KandevWords) -> tuple[str, ...]:
    """Return the words before a conversation's id; a flag that means the newest one resumes none for certain."""
    return tuple(flag.split()) if flag and flag not in said.continues else ()


def _models(row: Row) -> tuple[str, ...]:
    """Return the ids of the models: mappings, and in hand-made files also words."""
    entries = row.items("available_models", str, dict)
    ids = [one if isinstance(one, str) else row.under(one, "available_models.").text("id") or "" for one in entries]
    for wrong in (one for one in ids if not MODEL.fullmatch(one)):
        row.drop("available_models", f"{shown(wrong) or 'an entry without an id'} is no name of a model")
    return tuple(dict.fromkeys(one for one in ids if MODEL.fullmatch(one)))
