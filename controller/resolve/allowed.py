"""What a session of origin ``ai`` may be: one judge for the command line, for MCP and for files as they are loaded.

It judges what a file says or would say by the fleet's ``ai`` limits and the agent's profile; the ceiling of an origin
stands here as well. What only all files together tell (how many, how deep, below whose directory) is in ``kin.py``.
A refusal is a value, never raised.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from ..model.fleet import FleetSpec
from ..model.plan import Bounds
from ..model.problem import Code
from ..model.profile import Profile
from ..model.scalars import choice_for
from ..model.session import Origin, Policy, SessionSpec
from .models import above, offered

_WIDER: Final = "a person may widen ai: in _fleet.yaml, or take the session as theirs with origin: human"
HINT: Final = "a person may take the session as theirs with origin: human"
"""For what no limit of the fleet can allow."""

_LOADED_FIRST: Final = (
    "LD_.*",
    "DYLD_.*",
    "PATH",
    "HOME",
    "XDG_.*",
    "SHELL",
    "ENV",
    "BASH_ENV",
    "BASH_FUNC_.*",
    "IFS",
    "ZDOTDIR",
    "PYTHON.*",
    "NODE_.*",
    "NPM_CONFIG_.*",
    "RUBY(LIB|OPT)",
    "PERL5?(LIB|OPT)",
    "GIT_.*",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MUSTER_(?!DEMO_).*",
)
"""Names by which every program, or its interpreter, is made to run or read something else before it asks anybody."""

_FLAG: Final = re.compile(
    r"-[a-z]*[my].*|--?[^=]*(danger|yolo|bypass|skip|permi|appro|auto|allow|trust|sandbox|unsafe|restrict|full|yes|tool"
    r"|setting|config|mcp|plugin|extension|hook|dir|mod|profile|system|shell|exec).*",
    re.IGNORECASE | re.DOTALL,
)
"""Flags by which agents are let do more, or on another model, whoever made them; a profile's ``loosens`` has its own.
Too many are refused rather than one too few: whoever needs one takes the session as theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a file of origin ``ai`` does not count.

    :ivar path: dotted path of the word that it is about, whether it is said or left out.
    :ivar message: "cannot X: why".
    """

    path: str
    message: str
    code: Code = Code.BEYOND_LIMIT
    hint: str = _WIDER


def refusals(
    spec: SessionSpec, profile: Profile, fleet: FleetSpec, place: PurePath, allowed: Sequence[PurePath] | None
) -> Iterator[Refusal]:
    """Give every reason why a session of origin ``ai`` may not be as its file says.

    :param place: where it would run, with all links followed.
    :param allowed: the directories of ``ai.cwd`` with all links followed; ``None`` where nothing is said.
    """
    limits = fleet.ai
    if limits.agents is not None and profile.name not in limits.agents:
        said = ", ".join(limits.agents) or "none"
        yield Refusal(path="agent", message=f"cannot use {profile.name} for an AI's session: ai.agents allows {said}")
    if allowed is not None and not inside(place, allowed):
        said = ", ".join(limits.cwd or ()) or "no place"
        yield Refusal(path="cwd", message=f"cannot run an AI's session in {place}: ai.cwd allows {said}")
    yield from _flags(spec.args, profile)
    yield from _names(spec.env, profile)
    if spec.prompt and (sign := command_in(spec.prompt)):
        message = (
            f"cannot begin an AI's session with a prompt that starts with {sign}: its agent may take it for a command"
        )
        yield Refusal(path="prompt", message=message, hint="put a word before it")
    if spec.permissions.policy is Policy.ALLOW:
        message = "cannot allow everything in an AI's session: nobody is asked"
        yield Refusal(path="permissions.policy", message=message, hint=HINT)


def command_in(text: str) -> str | None:
    """Return the sign by which an agent takes a text for a command (its own, a shell's) or a flag, else ``None``."""
    first = text.lstrip()[:1]
    return first if first and first in "/!-" else None


def inside(place: PurePath, directories: Iterable[PurePath]) -> bool:
    """Tell whether a place is one of these directories or below one; links are the caller's to follow."""
    return any(place.is_relative_to(directory) for directory in directories)


def loosening(names: Iterable[str], profile: Profile) -> list[str]:
    """Return those names of environment variables by which the agent would be let do more than it is by itself."""
    return bounds(profile, None).refused(names)


def bounds(profile: Profile, within: Iterable[str] | None) -> Bounds:
    """Return what holds for an AI's session of an agent, to be judged again at its start."""
    own = [profile.home.env] if profile.home and profile.home.env else []
    rules = (*_LOADED_FIRST, *profile.loosens.env, *map(re.escape, [*own, *sorted(_names_of_model(profile))]))
    return Bounds(names=rules, within=None if within is None else tuple(within))


def above_ceiling(model: str, origin: Origin, profile: Profile, fleet: FleetSpec) -> str | None:
    """Return the ceiling of an origin when a model is above it; ``None`` when it is not.

    A ceiling that is no model of the agent is above nothing: every model is above it.

    :param model: an offered model of the agent.
    """
    said = choice_for(fleet.origins.get(origin), profile.name)
    if said is None:
        return None
    ceiling = offered(said, profile, fleet.aliases)
    return said if ceiling is None else ceiling if above(profile, model, ceiling) else None


def _flags(args: Sequence[str], profile: Profile) -> Iterator[Refusal]:
    rules = [re.compile(rule, re.DOTALL) for rule in profile.loosens.args]
    for number, word in enumerate(args):
        if not word.startswith("-") or word == "--":
            message = (
                f"cannot give {_short(word)} to an AI's session: {profile.name} may take it for a prompt or a command"
            )
            yield Refusal(path=f"args.{number}", message=message, hint="write a flag's value as --flag=value")
        elif _FLAG.fullmatch(word) or any(rule.fullmatch(word) for rule in rules):
            message = (
                f"cannot give {_short(word.partition('=')[0])} to an AI's session: it may let {profile.name} do more"
            )
            yield Refusal(path=f"args.{number}", message=message, hint=HINT)


def _names(env: Iterable[str], profile: Profile) -> Iterator[Refusal]:
    for name in loosening(env, profile):
        message = f"cannot set {_short(name)} for an AI's session: it decides what {profile.name} runs or may do"
        yield Refusal(path=f"env.{name}", message=message, hint=HINT)


def _names_of_model(profile: Profile) -> set[str]:
    """Return the variables by which the profile itself tells the agent its model."""
    env = {name for runtime in profile.runtimes.values() for name, value in runtime.env.items() if "{model}" in value}
    words = [word for runtime in profile.runtimes.values() for part in runtime.argv for word in part.add]
    return env | {word.partition("=")[0] for word in words if re.fullmatch(r"\w+=\{model\}", word)}


_SHORT: Final = 60
"""Characters of a refused word that are repeated; of a flag's value, which may be secret, none are."""


def _short(word: str) -> str:
    return repr(word if len(word) <= _SHORT else f"{word[:_SHORT]}...")
