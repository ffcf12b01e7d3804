"""What ``_fleet.yaml`` declares: the tables and limits that all sessions share."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from .base import FileValue
from .scalars import Duration, ModelChoice, ModelName
from .session import Origin

Count = Annotated[int, Field(ge=1)]


class Defaults(FileValue):
    """What a session gets that says nothing itself."""

    agent: str | None = None
    model: ModelChoice | None = None


class Override(FileValue):
    """A temporary model above everything, which expires by itself."""

    model: ModelChoice
    until: datetime
    """With a time zone; after it the override is silent."""
    reason: str | None = None


class Rollout(FileValue):
    """How fast switches and restarts spread."""

    at_once: Count = 2
    pause: Duration = 5.0
    halt_after_failures: Count = 2


class MassChange(FileValue):
    """How many stops and fresh starts one pass may plan before a person must approve them."""

    percent: Annotated[int, Field(ge=1, le=100)] = 30
    at_least: Count = 3
    """Below this many the guard is silent, whatever the percentage."""


class Guards(FileValue):
    """The guards whose numbers the owner sets."""

    mass_change: MassChange = MassChange()
    delete_grace: Duration = 60.0


class Limits(FileValue):
    """How many sessions may run, and how many may be starting."""

    running: Count = 50
    starts_at_once: Count = 4


class AiLimits(FileValue):
    """What sessions of origin ``ai`` may do. Read and checked here; enforced where AIs come in (see README)."""

    sessions: Count | None = None
    depth: Annotated[int, Field(ge=0)] | None = None
    agents: list[str] | None = None
    cwd: list[str] | None = None


class FleetSpec(FileValue):
    """The fleet file. Tables are laid over the built-in ones entry by entry."""

    defaults: Defaults = Defaults()
    tiers: dict[str, ModelChoice] = {}
    origins: dict[Origin, ModelChoice] = {}
    override: Override | None = None
    aliases: dict[str, ModelName] = {}
    agents: dict[str, dict[str, Any]] = {}
    """Profile overlays, and whole profiles of agents that are not built in."""
    rollout: Rollout = Rollout()
    guards: Guards = Guards()
    limits: Limits = Limits()
    ai: AiLimits = AiLimits()
