"""The fleet: its file laid over what is built in, the profiles it makes, and whether its words mean something."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..model.fleet import FleetSpec
from ..model.loaded import Fleet
from ..model.problem import Code, Mark, Problem, Severity
from ..model.profile import Profile
from ..model.scalars import ModelChoice
from ..resolve.models import offered
from .check import check, sound
from .document import Document, Fault
from .near import meant
from .profiles import lay_over, profile_of

_TABLES: Final = ("defaults", "tiers", "origins")
"""Laid over the built-in ones entry by entry; all else replaces what is built in."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """What the package brings."""

    fleet: dict[str, Any]
    documents: Mapping[str, Document]
    profiles: Mapping[str, Profile]
    problems: tuple[Problem, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class FleetWord:
    """One reading of the fleet file, with everything that follows from it.

    :ivar digest: of the file's content; empty without one.
    :ivar built_in: of what it is laid over.
    """

    fleet: Fleet
    profiles: Mapping[str, Profile]
    overlaid: Mapping[str, str]
    digest: str
    built_in: str


def built_in(documents: Mapping[str, Document], digest: str) -> BuiltIn:
    """Return the built-in fleet and profiles; one that is broken is told and left out."""
    profiles, problems = {}, []
    for file, document in documents.items():
        name = file.removesuffix(".yaml")
        if file.startswith("_"):
            continue
        profile, faults = profile_of(name, document)
        problems += [fault.at(f"agents/{file}") for fault in faults]
        if profile:
            profiles[name] = profile
    own = {file.removesuffix(".yaml"): document for file, document in documents.items() if not file.startswith("_")}
    return BuiltIn(documents["_fleet.yaml"].tree, own, profiles, tuple(problems), digest)


def without_file(below: BuiltIn) -> FleetWord:
    """Return the fleet as it is built in."""
    spec = FleetSpec.model_validate_json(json.dumps(below.fleet))
    return FleetWord(Fleet(spec=spec, marks={}), below.profiles, {}, "", below.digest)


def fleet_word(
    file: str, digest: str, document: Document, below: BuiltIn
) -> tuple[FleetWord | None, tuple[Problem, ...]]:
    """Return what the fleet file says, or ``None`` with all that is wrong; warnings may come with a word."""
    tree = _laid_over(below.fleet, document)
    spec, faults = check(FleetSpec, document, tree)
    words = spec or sound(FleetSpec, document, tree) or FleetSpec()
    profiles, wrong = _profiles(words, document, below)
    marks = {path: Mark(file, place.line, place.column) for path, place in document.places.items()}
    fleet = Fleet(spec=words, marks=marks, file=file)
    told = [fault.at(file) for fault in (*faults, *wrong)]
    places = {problem.mark for problem in told}
    told += [one for one in _contradictions(fleet, profiles, below) if one.mark not in places]
    if any(problem.severity is Severity.ERROR for problem in told):
        return None, tuple(told)
    overlaid = {name: word for name, own in words.agents.items() if (word := own.get("models", {}).get("default"))}
    return FleetWord(fleet, profiles, overlaid, digest, below.digest), tuple(told)


def _laid_over(below: dict[str, Any], document: Document) -> bytes:
    tree = document.tree
    merged = {**below, **tree}
    for table in _TABLES:
        if isinstance(tree.get(table, {}), dict):
            merged[table] = {**below.get(table, {}), **tree.get(table, {})}
    return json.dumps(merged).encode()


def _profiles(spec: FleetSpec, document: Document, below: BuiltIn) -> tuple[Mapping[str, Profile], tuple[Fault, ...]]:
    """Return the profiles in force, or what is wrong with the overlays."""
    profiles = dict(below.profiles)
    faults: list[Fault] = []
    for name in spec.agents:
        laid = lay_over(name, below.documents.get(name), document)
        profile, wrong = profile_of(name, laid)
        faults += wrong
        if profile:
            profiles[name] = profile
    return profiles, tuple(faults)


def _contradictions(fleet: Fleet, profiles: Mapping[str, Profile], below: BuiltIn) -> Iterator[Problem]:
    """Give the words of the tables that mean nothing to any agent."""
    spec = fleet.spec
    if spec.defaults.agent not in {None, below.fleet["defaults"]["agent"]}:
        yield from _agent(fleet, "defaults.agent", spec.defaults.agent or "", profiles, Severity.WARNING)
    for number, agent in enumerate(spec.ai.agents or ()):
        yield from _agent(fleet, f"ai.agents.{number}", agent, profiles, Severity.WARNING)
    choices: dict[str, ModelChoice | None] = {"defaults.model": spec.defaults.model}
    choices |= {f"tiers.{tier}": choice for tier, choice in spec.tiers.items()}
    choices |= {f"origins.{origin}": choice for origin, choice in spec.origins.items()}
    choices |= {f"aliases.{alias}": model for alias, model in spec.aliases.items()}
    if spec.override:
        choices["override.model"] = spec.override.model
        if spec.override.until.tzinfo is None:
            message = "cannot take this as until: it says no time zone"
            yield _problem(fleet, "override.until", Code.WRONG_VALUE, message, "end it with Z for UTC")
    for path, choice in choices.items():
        if path in fleet.marks and choice is not None:  # what is built in fits what is built in
            yield from _choice(fleet, path, choice, profiles)


def _agent(
    fleet: Fleet, path: str, agent: str, profiles: Mapping[str, Profile], severity: Severity = Severity.ERROR
) -> Iterator[Problem]:
    """An unknown default is a warning: the sessions that rely on it are told, the others need not suffer."""
    if agent not in profiles and path in fleet.marks:
        message, hint = f"cannot find the agent {agent}", meant(agent, profiles)
        yield _problem(fleet, path, Code.UNKNOWN_AGENT, message, hint, severity)


def _choice(fleet: Fleet, path: str, choice: ModelChoice, profiles: Mapping[str, Profile]) -> Iterator[Problem]:
    if isinstance(choice, dict):
        for agent, word in choice.items():
            yield from _agent(fleet, f"{path}.{agent}", agent, profiles)
            if agent in profiles:
                yield from _model(fleet, f"{path}.{agent}", word, {agent: profiles[agent]}, f"{agent} does not offer")
    else:
        yield from _model(fleet, path, choice, _knowing(fleet.spec, profiles), "no agent offers")


def _knowing(spec: FleetSpec, profiles: Mapping[str, Profile]) -> dict[str, Profile]:
    """Return the agents that can tell a model from a typing error.

    One whose models stand in its person's own files takes any word here: it counts only where the fleet speaks of it.
    """
    named = {spec.defaults.agent, *spec.agents}
    return {name: profile for name, profile in profiles.items() if name in named or not profile.models.listed}


def _model(fleet: Fleet, path: str, word: str, profiles: Mapping[str, Profile], nobody: str) -> Iterator[Problem]:
    """A word for all agents must mean something to one of them; where it means nothing, the session is told."""
    aliases = {} if path.startswith("aliases.") else fleet.spec.aliases
    if not any(offered(word, profile, aliases) for profile in profiles.values()):
        message = f"cannot use the model {word}: {nobody} it"
        yield _problem(fleet, path, Code.UNKNOWN_MODEL, message, meant(word, known_models(profiles, aliases)))


def known_models(profiles: Mapping[str, Profile], aliases: Mapping[str, str]) -> list[str]:
    """Return the words for models that agents know, each once, in the order in which people should be shown them."""
    words: dict[str, None] = {}
    for profile in profiles.values():
        words |= dict.fromkeys(entry.name for entry in profile.models.offered)
    for profile in profiles.values():
        words |= dict.fromkeys(profile.models.classes)
        words |= dict.fromkeys(alias for entry in profile.models.offered for alias in entry.aliases)
    return [*words, *(alias for alias in aliases if alias not in words)]


def _problem(
    fleet: Fleet, path: str, code: Code, message: str, hint: str | None = None, severity: Severity = Severity.ERROR
) -> Problem:
    mark = fleet.marks.get(path) or Mark(fleet.file or "")
    return Problem(mark=mark, code=code, message=message, hint=hint, severity=severity)
