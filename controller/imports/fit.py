"""From another system's records to session files: their words, their names, who spawned whom, what cannot be.

Pure: it looks at what was loaded, never at a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Final

from ..model.desired import Declared
from ..model.imported import Draft, Fate, ForeignRecord, Found, Remark
from ..model.loaded import Loaded
from ..model.session import Origin, SessionSpec
from . import meaning, names
from .meaning import FIELDS, Meant, Scene

_LONGEST: Final = 200
"""Characters of a label: it helps people to know a session again, and need not tell its story."""


@dataclass
class _Desk:
    """What the drafts so far have taken."""

    found: Found
    loaded: Loaded
    broken: frozenset[str]
    taken: set[str]
    known: Mapping[str, Declared]
    claims: dict[str, str]
    drafts: dict[str, Draft] = field(default_factory=dict)


def fit(found: Found, loaded: Loaded, stems: frozenset[str]) -> tuple[Draft, ...]:
    """Return a draft for each record, in their order; those that can have no file say why.

    :param stems: the names of all files in the writable directory.
    """
    folded = {stem.casefold() for stem in stems}
    sound = {PurePath(one.file).stem.casefold() for one in loaded.sessions.values()}
    desk = _Desk(
        found=found,
        loaded=loaded,
        broken=frozenset(folded - sound),
        taken=folded | {name.casefold() for name in loaded.sessions},
        known={key: one for one in loaded.sessions.values() if (key := one.spec.labels.get(found.system))},
        claims={one.spec.conversation: one.file for one in loaded.sessions.values() if one.spec.conversation},
    )
    drafts = tuple(_draft(record, desk) for record in found.records)
    return tuple(_with_parent(draft, desk) for draft in drafts)


def _draft(record: ForeignRecord, desk: _Desk) -> Draft:
    there = desk.known.get(_label(record.key))
    name, naming = (there.name, ()) if there else _name(record, desk)
    fields, remarks = _fields(record, desk)
    draft = Draft(
        record=record,
        name=name,
        file=there.file if there else None,
        fields=fields,
        labels=_labels(record, desk.found.system),
        remarks=(*naming, *remarks, *record.remarks),
        refused=_refusal(record, fields, name, there, desk),
    )
    if draft.refused is None:
        desk.taken.add(name.casefold())
        desk.drafts[record.key] = draft
        if conversation := fields.get("conversation"):
            desk.claims[conversation] = draft.file or record.place
    return draft


def _name(record: ForeignRecord, desk: _Desk) -> tuple[str, tuple[Remark, ...]]:
    wanted = names.safe(record.name)
    if wanted.casefold() in desk.broken:
        return wanted, ()
    name = names.free(wanted, desk.taken)
    if name != wanted:
        return name, (Remark(Fate.DEFAULTED, "name", f"{name}: another session is called {wanted}"),)
    if name != record.name:
        return name, (Remark(Fate.DEFAULTED, "name", f"{name}: {record.name} is no session name"),)
    return name, ()


def _fields(record: ForeignRecord, desk: _Desk) -> tuple[dict[str, str], list[Remark]]:
    """Return what the file says, and what became of each of the record's words."""
    said = record.said
    agent = said["agent"].word if "agent" in said else desk.loaded.fleet.spec.defaults.agent or ""
    origin = Origin(said["origin"].word) if "origin" in said else Origin.HUMAN
    scene = Scene(loaded=desk.loaded, agent=agent, profile=desk.loaded.profiles.get(agent), origin=origin)
    fields: dict[str, str] = {}
    remarks: list[Remark] = []
    for name, means in FIELDS.items():
        if name in said:
            meant = means(said[name], scene)
            if said[name].field or meant.word is None:
                remarks.append(_remark(name, said[name].field, meant))
            if meant.word is not None:
                fields[name] = meant.word
        if name == "model" and record.rule and "model" not in said:
            meant = meaning.by_rule(record.rule, scene, _spec(fields, origin))
            if meant.says:
                remarks.append(Remark(Fate.DEFAULTED, "model", meant.says))
            if meant.word:
                fields["model"] = meant.word
        if name == "origin":
            fields["origin"] = origin.value
    return fields, remarks


def _spec(fields: Mapping[str, str], origin: Origin) -> SessionSpec:
    return SessionSpec(agent=fields.get("agent"), tier=fields.get("tier"), origin=origin)


def _remark(name: str, theirs: str, meant: Meant) -> Remark:
    if meant.word is None:
        return Remark(Fate.DROPPED, theirs or name, meant.says)
    return Remark(Fate.CARRIED, theirs, meant.says or f"{name}: {meant.word}")


def _refusal(
    record: ForeignRecord, fields: Mapping[str, str], name: str, there: Declared | None, desk: _Desk
) -> str | None:
    """Return why there can be no file for a record."""
    agent, defined = fields.get("agent"), {one.agent for one in desk.found.agents}
    if record.key in desk.drafts:
        return f"its key stands twice: {desk.drafts[record.key].record.place} has it too"
    if there is None and name.casefold() in desk.broken:
        return f"a file {name}.yaml is there, and what it says does not count; `muster validate` tells why"
    if agent and agent not in desk.loaded.profiles and agent not in defined:
        return f"no profile here is called {agent}; one may be added under agents: in _fleet.yaml"
    holder = desk.claims.get(fields.get("conversation", ""))
    if holder and not (there and holder == there.file):
        return f"{holder} goes on with the same conversation, which has one writer"
    return None


def _label(text: str) -> str:
    """Return a text as a label can keep it: what a terminal would obey is spelled out."""
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def _labels(record: ForeignRecord, system: str) -> dict[str, str]:
    return {system: _label(record.key)} | {name: _label(word)[:_LONGEST] for name, word in record.labels.items()}


def _with_parent(draft: Draft, desk: _Desk) -> Draft:
    """Give a draft its parent's name, when that one has a file; nobody is their own ancestor."""
    said = draft.record.said.get("parent")
    if said is None:
        return draft
    if parent := _parent_name(said.word, draft, desk):
        carried = Remark(Fate.CARRIED, said.field, f"parent: {parent}")
        return replace(draft, fields={**draft.fields, "parent": parent}, remarks=(carried, *draft.remarks))
    gone = Remark(Fate.DROPPED, said.field, f"{said.word} is not brought in, or would be its own ancestor")
    return replace(draft, remarks=(gone, *draft.remarks))


def _parent_name(key: str, draft: Draft, desk: _Desk) -> str | None:
    seen = {draft.record.key}
    above: str | None = key
    while above and above in desk.drafts:
        if above in seen:
            return None
        seen.add(above)
        said = desk.drafts[above].record.said.get("parent")
        above = said.word if said else None
    there = desk.drafts.get(key) or desk.known.get(_label(key))
    return there.name if there else None
