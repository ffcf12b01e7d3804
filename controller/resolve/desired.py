"""One session as it should be, from its file, the fleet, the agent's profile and this machine's facts."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from ..model.clock import Now
from ..model.desired import Declared, Desired, Machine
from ..model.fleet import FleetSpec
from ..model.loaded import Loaded
from ..model.plan import Bounds
from ..model.profile import Profile
from ..model.record import Fingerprint, LocalOverride, SessionRecord
from ..model.session import FINGERPRINT_VERSION, MEANING, Means, Origin, RuntimeKind, SessionSpec
from .allowed import bounds
from .chain import resolve_model
from .layers import Sources

_COMPARED: Final = tuple(field for field, means in MEANING.items() if means in {Means.RESTART, Means.FRESH})
_COMPARED_IN_TERMINALS: Final = tuple(field for field in _COMPARED if field != "permissions")
"""There the agent asks its person itself."""

_EMPTY: Final = {list: "[]", dict: "{}", type(None): "null", bool: "false"}


def desire(
    declared: Declared,
    loaded: Loaded,
    machine: Machine,
    local_override: LocalOverride | None,
    record: SessionRecord,
    *,
    now: Now,
) -> Desired | None:
    """Return the session as it should be; ``None`` when its agent has no profile or no such runtime (any more)."""
    spec = declared.spec
    agent = spec.agent or loaded.fleet.spec.defaults.agent or ""
    profile = loaded.profiles.get(agent)
    if profile is None or (runtime := spec.runtime or profile.default_runtime) not in profile.runtimes:
        return None
    sources = Sources(
        declared=declared,
        fleet=loaded.fleet,
        profile=profile,
        overlaid=loaded.overlaid.get(agent),
        local_override=local_override,
        now=now,
    )
    last_good = record.last_good_model if record.agent in {None, agent} else None
    cwd = _absolute(spec.cwd, machine.home)
    given = profile.runtimes[runtime].takes_tools and wants_tools(spec, loaded.fleet.spec)
    return Desired(
        name=declared.name,
        spec=spec,
        declared=declared,
        profile=profile,
        runtime=runtime,
        resolution=resolve_model(sources, last_good),
        effort=spec.effort,
        cwd=cwd,
        fingerprint=_fingerprint(spec, agent, runtime, cwd, given=given),
        executable=machine.programs.get(agent),
        tools=machine.tools(declared.name) if given else (),
        bounds=_bounds(spec, profile, loaded),
    )


def _bounds(spec: SessionSpec, profile: Profile, loaded: Loaded) -> Bounds | None:
    """Return what an AI's session is held to: the fleet's directories, else its parent's."""
    if spec.origin is not Origin.AI:
        return None
    parent = loaded.sessions.get(spec.parent or "")
    below = (parent.spec.cwd or "~",) if parent else None
    places = loaded.fleet.spec.ai.cwd
    return bounds(profile, below if places is None else places)


def wants_tools(spec: SessionSpec, fleet: FleetSpec) -> bool:
    """Tell whether a session is to be given Muster's own tools, where its agent takes them."""
    return fleet.defaults.mcp if spec.mcp is None else spec.mcp


def _absolute(cwd: str | None, home: str) -> str:
    """Expand ``~`` and relative paths against the home directory, as text: whether it exists is not asked here."""
    inside = (cwd or "~").removeprefix("~/")
    return home if inside == "~" else str(PurePosixPath(home, inside))


def _fingerprint(spec: SessionSpec, agent: str, runtime: RuntimeKind, cwd: str, *, given: bool) -> Fingerprint:
    """Return the compared fields in their normal form: defaults filled in, so that saying a default changes nothing."""
    filled: dict[str, object] = {"agent": agent, "runtime": runtime, "cwd": cwd, "mcp": given}
    filled["env"] = _digests(spec.env)
    compared = _COMPARED_IN_TERMINALS
    if runtime is RuntimeKind.ACP:
        filled["permissions"], compared = spec.permissions.model_dump(mode="json"), _COMPARED
    fields = {name: _normal(filled.get(name, getattr(spec, name))) for name in compared}
    return Fingerprint(version=FINGERPRINT_VERSION, fields=fields)


def _normal(value: object) -> str:
    """Return one text for equal values; most fields of most files are empty, and JSON has its price."""
    if isinstance(value, str):
        return str(value)
    return json.dumps(value, sort_keys=True) if value else _EMPTY[type(value)]


def _digests(env: Mapping[str, str]) -> dict[str, str]:
    """Return names with digests: values may be secret, and the fingerprint lies in the state (law 14)."""
    return {name: hashlib.sha256(value.encode()).hexdigest() for name, value in env.items()}
