"""What no file can know by itself: agents, tiers, models, ceilings, limits; each wrong word at its own place."""

import re
import stat
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ..model.problem import Code, Problem, Severity
from ..model.profile import Profile
from ..model.scalars import choice_for
from ..model.session import Origin, RuntimeKind, SessionSpec, UseInstead, When
from ..resolve.allowed import HINT, loosening, refusals
from ..resolve.desired import wants_tools
from ..resolve.models import above, offered
from ..runtimes.trust import read
from .fleet import FleetWord, known_models
from .near import listed, meant
from .word import Word


def contradictions(word: Word, fleet: FleetWord) -> Iterator[Problem]:
    """Give everything in a session's word that the fleet and the profiles contradict."""
    spec = word.sound
    if spec is None:
        return
    yield from _tier(word, spec, fleet)
    agent = spec.agent or fleet.fleet.spec.defaults.agent
    profile = fleet.profiles.get(agent or "")
    if profile is None:
        hint = meant(agent or "", fleet.profiles)
        yield _error(word, "agent", Code.UNKNOWN_AGENT, f"cannot find the agent {agent}", hint)
        return
    yield from _models(word, spec, profile, fleet)
    yield from _abilities(word, spec, profile)
    yield from _tools(word, spec, profile, fleet)
    if spec.origin is Origin.AI:
        yield from _ai_limits(word, spec, profile, fleet)
    if spec.env_file:
        yield from _env_file(word, spec.env_file, spec.cwd)


def _tier(word: Word, spec: SessionSpec, fleet: FleetWord) -> Iterator[Problem]:
    tiers = fleet.fleet.spec.tiers
    if spec.tier is None or spec.tier in tiers:
        return
    hint = meant(spec.tier, [tier for tier in tiers if tier != "*"])
    if "*" in tiers:
        message = f'cannot find the tier {spec.tier}: the entry "*" speaks in its place'
        yield _warning(word, "tier", Code.UNKNOWN_TIER, message, hint)
    else:
        yield _error(word, "tier", Code.UNKNOWN_TIER, f"cannot find the tier {spec.tier}", hint)


def _models(word: Word, spec: SessionSpec, profile: Profile, fleet: FleetWord) -> Iterator[Problem]:
    aliases = fleet.fleet.spec.aliases
    if isinstance(spec.model, dict):
        for agent, said in spec.model.items():
            path = f"model.{agent}"
            if other := fleet.profiles.get(agent):
                yield from _offered(word, path, said, other, aliases)
            else:
                hint = meant(agent, fleet.profiles)
                yield _error(word, path, Code.UNKNOWN_AGENT, f"cannot find the agent {agent}", hint)
    elif spec.model is not None:
        yield from _offered(word, "model", spec.model, profile, aliases)
    if isinstance(spec.unavailable, UseInstead):
        yield from _offered(word, "unavailable.use", spec.unavailable.use, profile, aliases)
    yield from _ceiling(word, spec, profile, fleet)


def _offered(word: Word, path: str, said: str, profile: Profile, aliases: Mapping[str, str]) -> Iterator[Problem]:
    if offered(said, profile, aliases) is None:
        message = f"cannot use the model {said}: {profile.name} does not offer it"
        hint = meant(said, known_models({profile.name: profile}, aliases))
        yield _error(word, path, Code.UNKNOWN_MODEL, message, hint)


def _ceiling(word: Word, spec: SessionSpec, profile: Profile, fleet: FleetWord) -> Iterator[Problem]:
    """A file of an origin may not ask for more than the origin is given (design 2.2)."""
    table = fleet.fleet.spec
    said, limit = choice_for(spec.model, profile.name), choice_for(table.origins.get(spec.origin), profile.name)
    model = offered(said, profile, table.aliases) if said else None
    ceiling = offered(limit, profile, table.aliases) if limit else None
    if model and ceiling and above(profile, model, ceiling):
        message = f"cannot use {said}: it is above {ceiling}, the ceiling of origin {spec.origin}"
        hint = f"raise origins.{spec.origin} in _fleet.yaml, or take the session as yours with another origin"
        path = f"model.{profile.name}" if isinstance(spec.model, dict) else "model"
        yield _error(word, path, Code.ABOVE_CEILING, message, hint)


def _abilities(word: Word, spec: SessionSpec, profile: Profile) -> Iterator[Problem]:
    """Give what the agent cannot do."""
    if spec.runtime and spec.runtime not in profile.runtimes:
        message = f"cannot run {profile.name} in {spec.runtime}: its profile does not say how"
        yield _error(word, "runtime", Code.UNSUPPORTED, message, f"there are: {listed(profile.runtimes)}")
    efforts = profile.models.efforts
    if spec.effort and spec.effort not in efforts:
        message = f"cannot use the effort {spec.effort}: {profile.name} has {'no such' if efforts else 'none'}"
        yield _error(word, "effort", Code.UNSUPPORTED, message, meant(spec.effort, efforts))
    runtime = spec.runtime or profile.default_runtime
    argv = profile.runtimes[runtime].argv if runtime in profile.runtimes else ()
    if spec.args and argv and not any("{args}" in part.add for part in argv):
        message = f"cannot give args to {profile.name} in {runtime}: what runs there takes none"
        yield _error(word, "args", Code.UNSUPPORTED, message, "leave them out, or take another runtime")
    if spec.update.when is When.NEXT_PROMPT and runtime is not RuntimeKind.ACP:
        message = f"cannot wait for the next prompt in {runtime}: only acp sees prompts"
        yield _error(word, "update.when", Code.UNSUPPORTED, message, "write when: idle, or runtime: acp")


def _tools(word: Word, spec: SessionSpec, profile: Profile, fleet: FleetWord) -> Iterator[Problem]:
    """Give why the agent is not given Muster's own tools: an error where the file itself asks for them."""
    runtime = profile.runtimes.get(spec.runtime or profile.default_runtime)
    if runtime is None or not wants_tools(spec, fleet.fleet.spec):
        return
    tell = _error if spec.mcp else _warning
    if not runtime.takes_tools:
        message = f"cannot give {profile.name} the tools: its profile does not say how it takes them here"
        yield tell(word, "mcp", Code.UNSUPPORTED, message, "leave mcp out, or say mcp: false")
    elif find_spec("mcp") is None:
        message = "cannot give the tools: the package mcp is not installed"
        yield _warning(word, "mcp", Code.UNSUPPORTED, message, "install muster-controller[mcp]")


def _ai_limits(word: Word, spec: SessionSpec, profile: Profile, fleet: FleetWord) -> Iterator[Problem]:
    cwd = fleet.fleet.spec.ai.cwd
    places = None if cwd is None else [directory_of(place) for place in cwd]
    for one in refusals(spec, profile, fleet.fleet.spec, directory_of(spec.cwd), places):
        yield _error(word, one.path, one.code, one.message, one.hint)
    if spec.env_file and (names := loosening(_names_in(spec.env_file, spec.cwd), profile)):
        message = f"cannot take {', '.join(names)} from {spec.env_file} for an AI's session: it may let it do more"
        yield _error(word, "env_file", Code.BEYOND_LIMIT, message, HINT)


_NAME: Final = re.compile(rb"(?m)^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")
_MOST: Final = 1 << 20
"""Bytes of an environment file that is looked into; the start refuses a larger one as well."""


def _names_in(said: str, cwd: str | None) -> list[str]:
    """Return the names that an environment file sets; none where it cannot be read, which is told elsewhere."""
    try:
        return [name.decode() for name in _NAME.findall(read(directory_of(cwd) / Path(said).expanduser(), _MOST))]
    except OSError:
        return []


def directory_of(said: str | None) -> Path:
    """Return where a session runs: below the home directory unless it says otherwise, links followed."""
    return (Path.home() / Path(said or "~").expanduser()).resolve()


def _env_file(word: Word, said: str, cwd: str | None) -> Iterator[Problem]:
    """Secrets are read at the start of a session; that they cannot be, or that others can, is told before."""
    path = directory_of(cwd) / Path(said).expanduser()
    try:
        status = path.stat()
    except OSError as error:
        yield _warning(word, "env_file", Code.UNREADABLE, f"cannot read {said}: {(error.strerror or '').lower()}")
        return
    if not stat.S_ISREG(status.st_mode):
        yield _warning(word, "env_file", Code.NOT_A_FILE, f"cannot read {said}: it is not a regular file")
    elif status.st_mode & 0o077:
        message = f"cannot keep {said} secret: others may read or write it"
        yield _warning(word, "env_file", Code.UNSAFE_OWNER, message, f"chmod 600 {said}")


def _error(word: Word, path: str, code: Code, message: str, hint: str | None = None) -> Problem:
    return Problem(mark=word.mark(path), code=code, message=message, hint=hint, session=word.name)


def _warning(word: Word, path: str, code: Code, message: str, hint: str | None = None) -> Problem:
    return Problem(
        mark=word.mark(path), code=code, message=message, hint=hint, session=word.name, severity=Severity.WARNING
    )
