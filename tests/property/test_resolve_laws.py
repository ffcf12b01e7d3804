"""The laws of the model resolution over random tables."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from controller.model.desired import LayerName, Resolution
from controller.model.loaded import Fleet
from controller.model.record import LocalOverride
from controller.model.session import Origin
from controller.resolve.chain import resolve_model
from controller.resolve.layers import Sources
from controller.resolve.models import above
from tests.property.worlds import MODELS, NOW, declared, fleet_spec, profile

words = st.none() | st.sampled_from([*MODELS, "fast", "powerful", "unheard-of"])


@st.composite
def sources(draw: st.DrawFn) -> Sources:
    says = {level: draw(words) for level in ("session", "tier", "human", "ai", "fleet")}
    tables = {
        "tiers": {"t": says["tier"]} if says["tier"] else {},
        "origins": {origin: says[origin] for origin in Origin if says[origin]},
        "defaults": {"agent": "talker", "model": says["fleet"]},
    }
    local = draw(words)
    return Sources(
        declared=declared(model=says["session"], tier="t", origin=draw(st.sampled_from(Origin))),
        fleet=Fleet(spec=fleet_spec(**tables), marks={}),
        profile=profile(),
        overlaid=draw(words),
        local_override=LocalOverride(model=local, until=NOW.wall + draw(st.sampled_from([-1, 1]))) if local else None,
        now=NOW,
    )


def value(found: Resolution) -> tuple[str | None, str | None, str | None]:
    return found.model, found.ceiling, found.winner.name if found.winner else None


@given(sources())
def test_winner_is_the_first_that_speaks_and_its_value_is_the_result(given_: Sources) -> None:
    """What is reported is what is used, but for the ceiling and for what is not offered."""
    found = resolve_model(given_)
    speaking = [layer for layer in found.layers if layer.said is not None]
    assert speaking
    assert found.winner == speaking[0]
    assert found.model in {speaking[0].model, found.ceiling, None}
    if found.model is None:
        assert found.trouble


@given(sources())
def test_result_is_never_above_the_ceiling(given_: Sources) -> None:
    """Whoever speaks, the origin's ceiling has the last word."""
    found = resolve_model(given_)
    ceiling = next(layer for layer in found.layers if layer.name is LayerName.ORIGIN).model
    if found.model and ceiling:
        assert not above(given_.profile, found.model, ceiling)


@given(sources())
def test_removing_lower_layers_changes_nothing(given_: Sources) -> None:
    """Below the winner only the ceiling matters."""
    found = resolve_model(given_)
    assert found.winner is not None
    lower = list(LayerName)[list(LayerName).index(found.winner.name) + 1 :]
    spec = given_.fleet.spec
    if LayerName.TIER in lower:
        spec = spec.model_copy(update={"tiers": {}})
    if LayerName.FLEET in lower:
        spec = spec.model_copy(update={"defaults": spec.defaults.model_copy(update={"model": None})})
    bare = replace(given_, fleet=replace(given_.fleet, spec=spec))
    if LayerName.AGENT in lower:
        bare = replace(bare, overlaid=None)
    assert value(resolve_model(bare)) == value(found)


@given(sources())
def test_silent_layer_changes_nothing(given_: Sources) -> None:
    """An expired override, and a map that leaves this agent out, say nothing."""
    if given_.local_override is None:
        expired = replace(given_, local_override=LocalOverride(model="small", until=NOW.wall))
        assert value(resolve_model(expired)) == value(resolve_model(given_))
    if given_.declared.spec.model is None:
        spec = given_.declared.spec.model_copy(update={"model": {"another": "small"}})
        silent = replace(given_, declared=replace(given_.declared, spec=spec))
        assert value(resolve_model(silent)) == value(resolve_model(given_))
