"""What the files resolve to: the layers, the winner, and the session as it should be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .plan import Bounds
from .problem import Mark, Problem
from .profile import Profile
from .record import Fingerprint
from .session import RuntimeKind, SessionSpec


class LayerName(StrEnum):
    """The levels of the model resolution, highest first (design 2.3)."""

    OVERRIDE = "override"
    SESSION = "session"
    TIER = "tier"
    ORIGIN = "origin"
    AGENT = "agent"
    FLEET = "fleet"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one level says.

    :ivar said: the word as it is written; ``None`` means "not said at this level".
    :ivar model: the offered model that it means; ``None`` when nothing is said or the agent does not offer it.
    :ivar mark: where it is written; ``None`` for what is built in or in the state.
    :ivar note: what should be known ("tier vip is in no table: * speaks", "expires in 2 h").
    """

    name: LayerName
    said: str | None = None
    model: str | None = None
    mark: Mark | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Every layer, the one that speaks, and the ceiling.

    :ivar winner: the layer whose word counts; ``None`` when none speaks.
    :ivar model: the name people write of the offered model; ``None`` when there is none that could be used.
    :ivar ceiling: the origin's ceiling when it lowered the winner's word, else ``None``.
    :ivar trouble: why ``model`` is ``None`` or not what the winner said ("demo does not offer gpt-5").
    """

    layers: tuple[Layer, ...]
    winner: Layer | None
    model: str | None
    ceiling: str | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One session file that counts.

    :ivar spec: its last good word; ``problems`` tells whether the file now says something else that is wrong.
    :ivar marks: dotted path of a field to its place, for the fields that the file says.
    :ivar here: false when ``hosts`` names other hosts: it then counts as absent.
    """

    name: str
    spec: SessionSpec
    file: str
    marks: dict[str, Mark]
    problems: tuple[Problem, ...] = ()
    here: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What this machine brings to every session.

    :ivar home: the person's home directory, for ``~`` and for files without ``cwd``.
    :ivar programs: the found binary of each agent.
    :ivar tools: returns the command line of the server of Muster's own tools that is for one session.
    """

    home: str
    programs: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    tools: Callable[[str], tuple[str, ...]] = lambda _: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """One session as it should be.

    :ivar executable: the found binary, ``None`` when it is not installed; a list for Muster itself.
    :ivar cwd: absolute.
    :ivar tools: the command line of the server of Muster's own tools, empty where the agent is given none.
    :ivar bounds: of a session of origin ``ai``, else ``None``.
    """

    name: str
    spec: SessionSpec
    declared: Declared
    profile: Profile
    runtime: RuntimeKind
    resolution: Resolution
    effort: str | None
    cwd: str
    fingerprint: Fingerprint
    executable: tuple[str, ...] | None
    tools: tuple[str, ...] = ()
    bounds: Bounds | None = None

    @property
    def model(self) -> str | None:
        """The desired model in the name people write."""
        return self.resolution.model
