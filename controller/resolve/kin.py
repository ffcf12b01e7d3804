"""Who spawned whom, and what only all sessions together tell of an AI's: how many, how deep, in whose directory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from ..model.asker import Asker
from ..model.fleet import AiLimits, FleetSpec
from ..model.problem import Code
from ..model.session import Children, Origin, RunState, SessionSpec
from .allowed import Refusal, inside

Specs = Mapping[str, SessionSpec]
"""What each session's file says, by name."""

_UNBOUNDED: Final = "its parents lead back to itself"


def ancestors(name: str, specs: Specs) -> tuple[str, ...]:
    """Return who spawned a session, the nearest first; it ends where nobody did, or where they come round again.

    A parent without a file is named, and is the last.
    """
    found: list[str] = []
    spec = specs.get(name)
    while spec is not None and spec.parent is not None and spec.parent not in found:
        found.append(spec.parent)
        spec = specs.get(spec.parent)
    return tuple(found)


def steers(asker: Asker, name: str, specs: Specs) -> bool:
    """Tell whether a session is the asker's to steer: a person steers all, an AI its own and what descends from it."""
    return not asker.is_ai or asker.session == name or asker.session in ancestors(name, specs)


def children(name: str, specs: Specs) -> tuple[str, ...]:
    """Return the sessions that a session spawned, by name."""
    return tuple(sorted(child for child, spec in specs.items() if spec.parent == name))


def stopped_by(name: str, specs: Specs, fleet: FleetSpec) -> str | None:
    """Return the nearest ancestor whose stop stops this session too, ``None`` when there is none."""
    for one in ancestors(name, specs):
        spec = specs.get(one)
        if spec is None or (spec.children or fleet.defaults.children) is Children.KEEP:
            return None
        if spec.state is RunState.STOPPED:
            return one
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Every session in force, as the limits of AIs see it.

    :ivar places: where each would run, with all links followed.
    :ivar here: the sessions of origin ``ai`` that count on this host.
    :ivar before: the sessions that counted already: the limit on their number never falls on them while others can go.
    """

    specs: Specs
    places: Mapping[str, PurePath]
    here: frozenset[str]
    before: frozenset[str] = frozenset()


def beyond(kin: Kin, limits: AiLimits) -> Iterator[tuple[str, Refusal]]:
    """Give each session of origin ``ai`` that is beyond a limit, with the reason."""
    ours = sorted((name not in kin.before, name) for name in kin.here if counts(kin.specs[name]))
    for _, name in ours[limits.sessions :]:
        message = f"cannot have another AI's session: ai.sessions allows {limits.sessions}"
        yield name, Refusal(path="origin", message=message)
    for name, spec in kin.specs.items():
        if spec.origin is Origin.AI and spec.parent is not None:
            yield from ((name, refusal) for refusal in _below(name, spec.parent, kin, limits))


def counts(spec: SessionSpec) -> bool:
    """Tell whether a session is one of those that ``ai.sessions`` counts."""
    return spec.origin is Origin.AI and spec.state is RunState.RUNNING


def _below(name: str, parent: str, kin: Kin, limits: AiLimits) -> Iterator[Refusal]:
    above = ancestors(name, kin.specs)
    if name in above:
        yield Refusal(path="parent", message=f"cannot be a child of {parent}: {_UNBOUNDED}", code=Code.WRONG_VALUE)
    elif len(above) > limits.depth:
        message = (
            f"cannot be a child of {parent}: it would be {len(above)} generations deep, ai.depth allows {limits.depth}"
        )
        yield Refusal(path="parent", message=message)
    theirs = kin.places.get(parent)
    if limits.cwd is None and theirs is not None and not inside(kin.places[name], [theirs]):
        message = f"cannot run in {kin.places[name]}: {parent} runs in {theirs}, and ai.cwd allows no other place"
        yield Refusal(path="cwd", message=message)
