"""The first layer that speaks wins, then the origin's ceiling; all layers are kept."""

from dataclasses import replace
from typing import assert_never

from ..model.desired import Layer, LayerName, Resolution
from ..model.session import Unavailable, UseInstead
from .layers import LAYERS, Sources
from .models import above, offered


def resolve_model(sources: Sources, last_good: str | None = None) -> Resolution:
    """Resolve one session's model.

    :param last_good: the last model that worked, for ``unavailable: keep``.
    """
    layers = tuple(layer(sources) for layer in LAYERS)
    winner = next((layer for layer in layers if layer.said is not None), None)
    found = Resolution(layers=layers, winner=winner, model=winner.model if winner else None)
    if found.model is None:
        found = _without(found, sources, last_good)
    ceiling = next(layer for layer in layers if layer.name is LayerName.ORIGIN)
    return _lowered(found, ceiling, sources)


def _without(found: Resolution, sources: Sources, last_good: str | None) -> Resolution:
    """Do what the file says for a word that is no model of this agent."""
    agent = sources.profile.name
    said = f"{agent} does not offer {found.winner.said}" if found.winner else f"no layer names a model for {agent}"
    match sources.declared.spec.unavailable:
        case Unavailable.HOLD:
            return replace(found, trouble=said)
        case Unavailable.KEEP:
            kept = f"goes on with {last_good}" if last_good else "and none has worked so far"
            return replace(found, model=last_good, trouble=f"{said}; {kept}")
        case UseInstead(use=use):
            model = offered(use, sources.profile, sources.fleet.spec.aliases)
            instead = f"uses {model} instead" if model else f"nor {use}, which should stand in"
            return replace(found, model=model, trouble=f"{said}; {instead}")
        case never:
            assert_never(never)


def _lowered(found: Resolution, ceiling: Layer, sources: Sources) -> Resolution:
    """Apply the ceiling; one that this agent does not offer cannot be kept, so nothing is allowed under it."""
    if found.model is None or ceiling.said is None:
        return found
    if ceiling.model is None:
        origin = sources.declared.spec.origin
        trouble = f"the ceiling of origin {origin}, {ceiling.said}, is no model of {sources.profile.name}"
        return replace(found, model=None, trouble=trouble)
    if not above(sources.profile, found.model, ceiling.model):
        return found
    return replace(found, model=ceiling.model, ceiling=ceiling.model)
