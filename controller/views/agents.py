"""Agents: what is known of each, what of it is here, what is proven and what is impossible."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..model.installed import Installed
from ..model.profile import ActivitySource, Minted, Profile, Quirk, ResumeModel, RuntimeProfile
from ..model.session import RuntimeKind
from ..model.version import excluded
from . import SCHEMA_VERSION
from .text import Colour, painted, safe, table

Agents = Sequence[tuple[Profile, Installed]]


def as_json(agents: Agents) -> dict[str, Any]:
    """Return the document of ``agents --json``."""
    return {"schema_version": SCHEMA_VERSION, "agents": [_entry(profile, here) for profile, here in agents]}


def _entry(profile: Profile, here: Installed) -> dict[str, Any]:
    probed = here.probed
    return {
        "name": profile.name,
        "title": profile.title,
        "executable": list(here.executable) if here.executable else None,
        "version": here.version,
        "models": [entry.name for entry in profile.models.offered],
        "classes": dict(profile.models.classes),
        "default_model": profile.models.default,
        "default_runtime": profile.default_runtime.value,
        "runtimes": {
            kind.value: {
                "switch": switch(kind, runtime),
                "proven": runtime.proven,
                "proven_here": here.version in runtime.proven if here.version else None,
                "cannot": runtime.cannot,
            }
            for kind, runtime in profile.runtimes.items()
        },
        "quirks": [quirk.says for quirk in _quirks(profile, here)],
        "impossible": list(impossible(profile)),
        "probe": probed and {"fits": probed.fits, "missing": probed.missing, "unread": probed.unread},
    }


def as_table(agents: Agents, *, colour: bool = False) -> str:
    """Return one line an agent."""
    rows: list[tuple[str, ...]] = [("agent", "version", "proven", "runtimes", "models", "probe")]
    rows += [_row(profile, here) for profile, here in agents]
    wanted = rows if any(here.probed for _, here in agents) else [row[:-1] for row in rows]
    head, *lines = table(wanted)
    return "\n".join([painted(head, Colour.STRONG, wanted=colour), *lines])


def _row(profile: Profile, here: Installed) -> tuple[str, ...]:
    version = here.version or ("?" if here.executable else "not here")
    proven = any(here.version in runtime.proven for runtime in profile.runtimes.values())
    models = " ".join(entry.name for entry in profile.models.offered) or "the person's own"
    probe = "-" if here.probed is None else here.probed.fault or "fits"
    return profile.name, version, "yes" if proven else "-", " ".join(profile.runtimes), models, probe


def as_text(profile: Profile, here: Installed, *, colour: bool = False) -> str:
    """Return everything about one agent."""
    head = painted(f"{safe(profile.name)}: {safe(profile.title or 'an agent')}", Colour.STRONG, wanted=colour)
    return "\n".join([head, *table(_lines(profile, here))])


def _lines(profile: Profile, here: Installed) -> Iterator[tuple[str, str]]:
    yield "  program", " ".join(here.executable or ("not found on PATH",))
    yield "  version", here.version or "not known"
    models = [entry.name for entry in profile.models.offered]
    further = ["whatever fits " + profile.models.any_id] if profile.models.any_id else []
    yield "  models", ", ".join([*models, *further]) or "none that are known"
    if profile.models.classes:
        yield "  classes", _pairs(profile.models.classes)
    if profile.models.efforts:
        yield "  efforts", ", ".join(profile.models.efforts)
    for kind, runtime in profile.runtimes.items():
        default = ", the default" if kind is profile.default_runtime and len(profile.runtimes) > 1 else ""
        yield f"  {kind.value}", f"switches {_switches(kind, runtime)}; {_proven(runtime, here)}{default}"
    for sentence in impossible(profile):
        yield "  cannot", sentence
    for quirk in _quirks(profile, here):
        elsewhere = quirk.versions is not None and here.version != quirk.versions
        yield "  note", f"{quirk.says} ({quirk.versions})" if elsewhere else quirk.says
    if here.probed:
        yield "  probe", here.probed.fault or f"fits: {', '.join(here.probed.fits)}"


def switch(kind: RuntimeKind, runtime: RuntimeProfile) -> str:
    """Return the word for how a runtime brings a session to another model."""
    if runtime.cannot:
        return "none"
    if runtime.in_place or kind is RuntimeKind.ACP:
        return "in-place"
    return "fresh" if runtime.resume_model is ResumeModel.SESSION else "restart"


def _switches(kind: RuntimeKind, runtime: RuntimeProfile) -> str:
    if kind is RuntimeKind.ACP and not runtime.cannot:
        return "in place where it offers that over the protocol, else by restart"
    words = {"none": "not at all", "in-place": "in place", "fresh": "only afresh", "restart": "by restart with resume"}
    return words[switch(kind, runtime)]


def _proven(runtime: RuntimeProfile, here: Installed) -> str:
    if not runtime.proven:
        return "not proven"
    if here.version in runtime.proven:
        return f"proven on {here.version}"
    other = f", not on {here.version}" if here.version else ""
    return f"proven on {', '.join(runtime.proven)}{other}"


def impossible(profile: Profile) -> Iterator[str]:
    """Yield what nobody can do with this agent, as sentences."""
    for kind, runtime in profile.runtimes.items():
        if runtime.cannot:
            yield f"{kind.value}: {runtime.cannot}"
        elif runtime.resume_model is ResumeModel.SESSION:
            yield f"{kind.value}: it ignores the model when it resumes; only a fresh start switches"
    if not profile.resumes:
        yield "go on with an earlier conversation"
    if profile.conversation is Minted.BY_AGENT:
        yield "be given a conversation's id: it mints its own"
    if profile.conversation is Minted.BY_AGENT and not profile.tells_conversation:
        yield "tell which conversation a process works on"
    if profile.activity == [ActivitySource.NONE]:
        yield "tell whether it is busy: it counts as idle"
    if profile.transcript is None:
        yield "tell which model it used: asked is all that is known"


def _quirks(profile: Profile, here: Installed) -> list[Quirk]:
    return [quirk for quirk in profile.quirks if not excluded(here.version, quirk.versions)]


def _pairs(words: Mapping[Any, str]) -> str:
    return ", ".join(f"{word}: {model}" for word, model in words.items())
