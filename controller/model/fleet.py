"""What ``_fleet.yaml`` declares: the tables and limits that all sessions share."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from .base import FileValue
from .scalars import Duration, ModelChoice, ModelName
from .session import Children, Origin

Count = Annotated[int, Field(ge=1)]


class Defaults(FileValue):
    """What a session gets that says nothing itself."""

    agent: str | None = None
    model: ModelChoice | None = None
    children: Children = Children.KEEP
    """What a session's stop does to those that it spawned, where its file says nothing."""
    mcp: bool = False
    """Sessions are given Muster's own tools where their agent takes them."""


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
    """What sessions of origin ``ai`` may be, beside their ceiling in ``origins.ai``: for requests and files alike."""

    sessions: Annotated[int, Field(ge=0)] = 8
    """How many of them may run on a host."""
    depth: Annotated[int, Field(ge=0)] = 2
    """How many generations below a session that nobody spawned: with 1 a worker may not start workers."""
    agents: list[str] | None = None
    """Any when it is not said."""
    cwd: list[str] | None = None
    """Where they may run; below their parent's directory when it is not said."""


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
