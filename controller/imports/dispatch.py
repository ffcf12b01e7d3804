"""dispatch: a registry of chats, each with its tier, perhaps a model, and the conversation it goes on with."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ..model.imported import Fate, ForeignRecord, Found, Remark, Said, Trouble
from .row import Row, shown
from .source import Document, Sources, read
from .words import Words, words

_OVERRIDE = frozenset({"model", "set_at", "trigger"})
"""The keys of the file that holds a temporary model for all chats."""
_FIELDS = {"tier": "tier", "model": "model", "conversation": "session_id", "cwd": "transcript_dir"}
"""Our fields to theirs."""


class DispatchWords(Words):
    """What is said of dispatch."""

    agent: str
    transcripts: str
    """Where its sessions run, when they do not say it; below it the session's name."""


def found(paths: Sequence[Path]) -> Found:
    """Read dispatch's files."""
    said = words("dispatch", DispatchWords)
    return parse(read(paths, said), said)


def parse(sources: Sources, said: DispatchWords) -> Found:
    """Return what the files hold."""
    overrides = [one for one in sources.documents if _is_override(one)]
    registries = [one for one in sources.documents if one not in overrides]
    temporary = {str(one.value["model"]) for one in overrides if isinstance(one.value, dict) and "model" in one.value}
    records: list[ForeignRecord] = []
    troubles = [
        *sources.troubles,
        *(Trouble(one.file, "cannot read the file: it is no JSON") for one in sources.databases),
    ]
    for place, key, entry in (one for registry in registries for one in _entries(registry)):
        if not isinstance(entry, dict):
            troubles.append(Trouble(place, f"cannot read the entry: {shown(entry)} is no mapping"))
        elif not (known := key or str(entry.get("chat_id") or "")):
            troubles.append(Trouble(place, "cannot tell whose entry it is: it has no chat_id"))
        else:
            records.append(_record(place, known, entry, said, temporary))
    remarks = tuple(_temporary(one) for one in overrides)
    return Found(
        system="dispatch", files=sources.files, records=tuple(records), remarks=remarks, troubles=tuple(troubles)
    )


def _is_override(document: Document) -> bool:
    keys = document.value.keys() if isinstance(document.value, dict) else set[str]()
    return document.name == "model_override.json" or ("model" in keys and keys <= _OVERRIDE)


def _entries(document: Document) -> Iterator[tuple[str, str | None, Any]]:
    """Yield each entry with its place and the key that it stands under."""
    value = document.value
    if isinstance(value, dict) and "chat_id" in value and not isinstance(value["chat_id"], dict):
        yield document.file, None, value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield f"{document.file}: {key}", key, entry
    elif isinstance(value, list):
        for number, entry in enumerate(value, start=1):
            yield f"{document.file}: entry {number}", None, entry
    else:
        yield document.file, None, value


def _record(place: str, key: str, entry: Mapping[str, Any], said: DispatchWords, temporary: set[str]) -> ForeignRecord:
    row = Row(entry, said.dropped)
    if (chat := row.text("chat_id")) and chat != key:
        row.drop("chat_id", f"{chat}: the entry stands under {key}")
    fields = {field: row.said(theirs) for field, theirs in _FIELDS.items()}
    session = row.text("session_name")
    labels = {
        "contact": row.first("contact_name", "display_name"),
        "source": row.said("source"),
        "type": row.said("type"),
    }
    began = any(word for field, word in (*fields.items(), *labels.items()) if field != "model")
    fields["agent"] = Said("", said.agent)
    row.default("agent", f"{said.agent}: dispatch knows no other")
    row.default("origin", "human: dispatch does not write down who asked")
    if fields["tier"] is None:
        row.default("tier", "none: the fleet's default speaks")
    if (model := fields["model"]) is None:
        row.default("model", "none: the tier speaks, or what is below it")
    elif model.word in temporary:
        row.carry("model", f"{model.word} may be the temporary model for all, written over the chat's own")
    if fields["cwd"] is None and (place_of := _transcripts(session, said)):
        fields["cwd"] = Said("session_name", place_of)
    if not began:
        fields["state"] = Said("", "stopped")
        row.default("state", "stopped: a preference for a chat that never began; `muster start` begins it")
    row.close()
    return ForeignRecord(
        place=place,
        key=key,
        name=key,
        said={field: word for field, word in fields.items() if word},
        labels={label: word.word for label, word in labels.items() if word},
        remarks=tuple(row.remarks),
    )


def _transcripts(session: str | None, said: DispatchWords) -> str | None:
    """Return the directory that a session of this name runs in; a name that leads elsewhere has none."""
    parts = PurePosixPath(session or "").parts
    return None if not parts or parts[0] == "/" or ".." in parts else f"{said.transcripts}/{'/'.join(parts)}"


def _temporary(document: Document) -> Remark:
    value = document.value if isinstance(document.value, dict) else {}
    model = shown(value.get("model", "none that can be read"))
    why = f"{model} for all, {shown(value.get('trigger', 'for an unknown reason'))}, without an end"
    says = f"{why}; `muster override MODEL --for 2h --reason quota` is the same with one"
    return Remark(Fate.DROPPED, document.name, says)
