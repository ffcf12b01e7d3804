"""What each level says about the model: one function a layer, one ordered table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ..model.clock import Now
from ..model.desired import Declared, Layer, LayerName
from ..model.loaded import Fleet
from ..model.problem import Mark
from ..model.profile import Profile
from ..model.record import LocalOverride
from ..model.scalars import choice_for
from .models import offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All that may have a word in one session's model.

    :ivar overlaid: the default model that the fleet's overlay gives this agent.
    :ivar local_override: this host's temporary layer, from the state.
    """

    declared: Declared
    fleet: Fleet
    profile: Profile
    overlaid: str | None
    local_override: LocalOverride | None
    now: Now

    def says(self, name: LayerName, said: str | None, mark: Mark | None = None, note: str | None = None) -> Layer:
        """Return a layer with its word turned into a model of this agent."""
        if said is None:
            return Layer(name=name, note=note)
        model = offered(said, self.profile, self.fleet.spec.aliases)
        return Layer(name=name, said=said, model=model, mark=mark, note=note)

    def fleet_mark(self, path: str) -> Mark | None:
        """Return the place of a fleet's word; in a map an agent's own entry is the nearer place."""
        return self.fleet.marks.get(f"{path}.{self.profile.name}") or self.fleet.marks.get(path)


def override(sources: Sources) -> Layer:
    """The temporary layer: this host's own before the fleet's, each until its end."""
    local, fleet = sources.local_override, sources.fleet.spec.override
    if local and sources.now.wall < local.until:
        end = datetime.fromtimestamp(local.until, UTC)
        return sources.says(LayerName.OVERRIDE, local.model, note=_until("on this host ", end, local.reason))
    if fleet and sources.now.wall < fleet.until.timestamp():
        said = choice_for(fleet.model, sources.profile.name)
        note = _until("", fleet.until, fleet.reason)
        return sources.says(LayerName.OVERRIDE, said, sources.fleet_mark("override.model"), note)
    return Layer(name=LayerName.OVERRIDE)


def session(sources: Sources) -> Layer:
    """The session file's own word."""
    agent, marks = sources.profile.name, sources.declared.marks
    mark = marks.get(f"model.{agent}") or marks.get("model")
    return sources.says(LayerName.SESSION, choice_for(sources.declared.spec.model, agent), mark)


def tier(sources: Sources) -> Layer:
    """The tier's word; ``*`` speaks for a tier that no table lists."""
    name, table = sources.declared.spec.tier, sources.fleet.spec.tiers
    if name is None:
        return Layer(name=LayerName.TIER)
    listed = name if name in table else "*"
    note = None if listed == name else f"tier {name} is in no table: * speaks"
    said = choice_for(table.get(listed), sources.profile.name)
    return sources.says(LayerName.TIER, said, sources.fleet_mark(f"tiers.{listed}"), note)


def origin(sources: Sources) -> Layer:
    """The default of who asked for the session; it is the ceiling as well."""
    name = sources.declared.spec.origin
    said = choice_for(sources.fleet.spec.origins.get(name), sources.profile.name)
    return sources.says(LayerName.ORIGIN, said, sources.fleet_mark(f"origins.{name}"))


def agent(sources: Sources) -> Layer:
    """The default that the fleet lays over the agent's profile."""
    mark = sources.fleet.marks.get(f"agents.{sources.profile.name}.models.default")
    return sources.says(LayerName.AGENT, sources.overlaid, mark)


def fleet(sources: Sources) -> Layer:
    """The default of the whole fleet."""
    said = choice_for(sources.fleet.spec.defaults.model, sources.profile.name)
    return sources.says(LayerName.FLEET, said, sources.fleet_mark("defaults.model"))


def profile(sources: Sources) -> Layer:
    """The agent's own default."""
    return sources.says(LayerName.PROFILE, sources.profile.models.default)


LAYERS: Final[tuple[Callable[[Sources], Layer], ...]] = (override, session, tier, origin, agent, fleet, profile)
"""Highest first, in the order of LayerName."""


def _until(where: str, end: datetime, reason: str | None) -> str:
    """Name the end as a moment, not as a rest of time: the same words at every look."""
    return f"{where}until {end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" + (f": {reason}" if reason else "")
