"""What was true at one look: the files, every session from every side, and the plan."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..model.clock import Now
from ..model.loaded import Loaded
from ..model.plan import Plan
from ..plan.case import Case, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A dry run is this value, shown; a pass is this value, carried out."""

    loaded: Loaded
    world: World
    plan: Plan

    @property
    def cases(self) -> Mapping[str, Case]:
        """Every session, by name."""
        return self.world.cases

    @property
    def now(self) -> Now:
        """When it was true."""
        return self.world.now
