"""The session as it should be: directory, runtime, fingerprint."""

from dataclasses import replace

import pytest

from controller.model.desired import Declared, LayerName, Machine
from controller.model.problem import Mark
from controller.model.record import SessionRecord
from controller.model.session import FINGERPRINT_VERSION, MEANING, Means, RuntimeKind, SessionSpec
from controller.resolve.desired import desire
from controller.resolve.layers import LAYERS
from tests.property.worlds import HOME, NOW, declared, desired, fleet_spec, loaded


@pytest.mark.parametrize(
    "said,means",
    [
        (None, HOME),
        ("~", HOME),
        ("~/work/here", f"{HOME}/work/here"),
        ("work", f"{HOME}/work"),
        ("/srv/it", "/srv/it"),
    ],
)
def test_directory_is_absolute(said: str | None, means: str) -> None:
    """Where it runs never depends on where the controller was started."""
    assert desired(declared(cwd=said)).cwd == means


def test_only_an_ai_is_bound_by_the_fleets_directories_else_its_parents() -> None:
    """What is judged of its file is judged again at its start."""
    boss, worker = declared("boss", cwd="~/work"), declared("w", origin="ai", parent="boss")
    reading = replace(loaded(), sessions={"boss": boss, "w": worker})
    assert desired(boss, reading).bounds is None
    found = desired(worker, reading).bounds
    assert found is not None
    assert (found.within, found.refused(["TOKEN", "ld_preload"])) == (("~/work",), ["ld_preload"])
    limited = replace(reading, fleet=loaded(fleet_spec(ai={"cwd": ["/srv"]})).fleet)
    assert [one and one.within for one in (desired(worker, limited).bounds,)] == [("/srv",)]
    orphan = desired(declared("o", origin="ai")).bounds
    assert orphan is not None
    assert orphan.within is None


def test_every_field_of_a_file_has_a_meaning() -> None:
    """A new field without a class of change does not pass (law 10)."""
    assert set(MEANING) == set(SessionSpec.model_fields)


def test_fingerprint_holds_the_fields_that_restart_and_no_others() -> None:
    """What is compared is the explicit list of one version (law 10)."""
    compared = {field for field, means in MEANING.items() if means in {Means.RESTART, Means.FRESH}}
    found = desired(declared(runtime=RuntimeKind.ACP)).fingerprint
    assert (found.version, set(found.fields)) == (FINGERPRINT_VERSION, compared)
    in_a_terminal = desired(declared(runtime=RuntimeKind.TMUX)).fingerprint
    assert set(in_a_terminal.fields) == compared - {"permissions"}


def test_saying_a_default_changes_no_fingerprint() -> None:
    """The normal form has the defaults filled in."""
    said = declared(agent="talker", runtime=RuntimeKind.TMUX, cwd="~", args=[], env={})
    assert desired(said).fingerprint == desired(declared()).fingerprint


@pytest.mark.parametrize(
    "file",
    [
        declared(args=["-v"]),
        declared(env={"A": "1"}),
        declared(env_file="x"),
        declared(cwd="/a"),
        declared(runtime="process"),
    ],
)
def test_each_compared_field_changes_the_fingerprint(file: Declared) -> None:
    """Nothing that restarts a session is forgotten."""
    assert desired(file).fingerprint != desired(declared()).fingerprint


def test_no_value_of_env_stands_in_a_fingerprint() -> None:
    """Values may be secret, and the fingerprint lies in the state (law 14)."""
    one, other = (desired(declared(env={"TOKEN": value})).fingerprint for value in ("first-secret", "second-secret"))
    assert "secret" not in repr(one)
    assert one != other


def test_unknown_agent_or_runtime_desires_nothing() -> None:
    """A profile that went away with an overlay must not bring down the pass."""
    for words in ({"agent": "nobody"}, {"runtime": "pane"}):
        record = SessionRecord(name="ann")
        assert desire(declared(**words), loaded(), Machine(home=HOME), None, record, now=NOW) is None


def test_last_good_model_of_another_agent_is_none() -> None:
    """Keep goes on with a model of this agent only."""
    file = declared(model="unheard-of", unavailable="keep")
    record = SessionRecord(name="ann", agent="another", last_good_model="theirs")
    assert desired(file, record=record).model is None


def test_layers_keep_the_places_of_their_words() -> None:
    """In a map the agent's own entry is the nearer place."""
    reading = loaded(fleet_spec(tiers={"family": {"talker": "small"}}))
    marks = {"tiers.family": Mark("_fleet.yaml", 4, 3), "tiers.family.talker": Mark("_fleet.yaml", 5, 7)}
    reading = replace(reading, fleet=replace(reading.fleet, marks=marks))
    winner = desired(declared(tier="family"), reading).resolution.winner
    assert winner is not None
    assert winner.mark == Mark("_fleet.yaml", 5, 7)


def test_layers_stand_in_the_order_of_their_names() -> None:
    """One table, highest first (design 2.3)."""
    layers = desired(declared()).resolution.layers
    assert [layer.name for layer in layers] == list(LayerName)
    assert len(LAYERS) == len(layers)
