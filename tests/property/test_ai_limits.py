"""The limits of AIs as laws: whatever an AI asks for, in whatever fleet, nobody has more than it may give."""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from controller.doors import births, edits, reading, steering
from controller.errors import MusterError, NotAllowed
from controller.model.asker import Asker
from controller.model.loaded import Loaded
from controller.model.session import Origin
from controller.resolve.kin import ancestors, steers
from controller.resolve.lasting import lasting
from controller.settings import Settings

MODELS = ("mini", "midi", "maxi")
WORDS = (*MODELS, "fast", "balanced", "powerful", "cheap", "dear", "gpt-5")
NAMES = ("ann", "bob", "cid", "dan")

fleets = st.fixed_dictionaries(
    {
        "defaults": st.fixed_dictionaries({"agent": st.just("demo"), "model": st.sampled_from(MODELS)}),
        "tiers": st.fixed_dictionaries({"family": st.sampled_from(MODELS), '"*"': st.sampled_from(MODELS)}),
        "origins": st.fixed_dictionaries({"ai": st.sampled_from((*MODELS, "{demo: fast}"))}),
        "aliases": st.just({"cheap": "mini", "dear": "maxi"}),
        "ai": st.fixed_dictionaries({"sessions": st.integers(0, 4), "depth": st.integers(0, 3)}),
    }
)
files = st.dictionaries(
    st.sampled_from(NAMES),
    st.fixed_dictionaries(
        {"origin": st.sampled_from(("human", "ai"))},
        optional={
            "tier": st.sampled_from(("family", "admin")),
            "model": st.sampled_from(MODELS),
            "parent": st.sampled_from(NAMES),
            "state": st.sampled_from(("running", "stopped")),
        },
    ),
)
QUICK = settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""Each example is real files, read several times: to shrink one would take minutes."""

requests = st.lists(
    st.tuples(
        st.sampled_from(("new", "set", "reset", "stop", "start")),
        st.sampled_from((*NAMES, "abe", "eve")),
        st.sampled_from(WORDS),
        st.sampled_from((None, "family", "admin", "nothing")),
    ),
    min_size=1,
    max_size=4,
)


def flow(value: Any) -> str:
    """A value as YAML in one line, words unquoted."""
    if not isinstance(value, dict):
        return str(value)
    return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"


def asked(place: Settings, asker: Asker, what: str, name: str, word: str, tier: str | None) -> None:
    """Carry one request out; one that is refused or makes no sense changes nothing."""
    with contextlib.suppress(MusterError):
        match what:
            case "new":
                births.new_session(place, asker, births.Birth(name=name, model=word, tier=tier))
            case "set":
                steering.set_model(place, asker, name, word)
            case "reset":
                steering.reset_model(place, asker, name)
            case "stop":
                steering.stop(place, asker, name)
            case _:
                steering.start(place, asker, name)


def models(found: Loaded) -> dict[str, str | None]:
    """The model that its file gives each session for as long as it stays as it is."""
    return {name: lasting(one, found, found.profiles["demo"]).model for name, one in found.sessions.items()}


def running(found: Loaded) -> int:
    return sum(one.spec.origin is Origin.AI and one.spec.state == "running" for one in found.sessions.values())


@QUICK
@given(fleet=fleets, said=files, who=st.sampled_from(NAMES), asks=requests)
def test_no_request_of_an_ai_yields_more_than_its_ceiling(
    fleet: dict[str, Any], said: dict[str, dict[str, str]], who: str, asks: list[tuple[str, str, str, str | None]]
) -> None:
    """Nor one more session, one generation deeper, another's file, or another origin than it has."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch, "sessions.d")
        directory.mkdir()
        (directory / "_fleet.yaml").write_text("".join(f"{key}: {flow(value)}\n" for key, value in fleet.items()))
        for name, words in said.items():
            (directory / f"{name}.yaml").write_text("".join(f"{key}: {word}\n" for key, word in words.items()))
        place = Settings(sessions_dirs=(directory,), state_dir=Path(scratch, "state"))
        asker = Asker(Origin.AI, who)
        before = reading.loaded(place)
        for ask in asks:
            asked(place, asker, *ask)
        after = reading.loaded(place)

    was, now = models(before), models(after)
    limit = MODELS.index({"{demo: fast}": "mini"}.get(fleet["origins"]["ai"], fleet["origins"]["ai"]))
    assert all(MODELS.index(now[name] or "mini") <= limit for name in now if now[name] != was.get(name))
    assert running(after) <= max(running(before), fleet["ai"]["sessions"])
    specs = {name: one.spec for name, one in after.sessions.items()}
    for name in specs.keys() - before.sessions.keys():
        assert (specs[name].origin, specs[name].parent) == (Origin.AI, who)
        assert len(ancestors(name, specs)) <= fleet["ai"]["depth"]
    for name, one in before.sessions.items():
        assert specs[name] == one.spec or steers(asker, name, specs)
        assert (specs[name].origin, specs[name].parent) == (one.spec.origin, one.spec.parent)
    wrong = {one for one in after.problems if one.severity == "error"}
    assert wrong <= set(before.problems)


@given(st.text(max_size=80), st.text(max_size=80))
@QUICK
def test_no_text_becomes_another_word_of_the_file(prompt: str, tier: str) -> None:
    """Whatever signs a prompt or a tier has: the file says what was meant, or is not written."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch, "sessions.d")
        directory.mkdir()
        (directory / "_fleet.yaml").write_text("defaults: {agent: demo}\n")
        (directory / "ann.yaml").write_text("tier: family\n")
        place = Settings(sessions_dirs=(directory,), state_dir=Path(scratch, "state"))
        try:
            births.new_session(place, Asker(Origin.AI, "ann"), births.Birth(name="w", prompt=prompt, tier=tier))
        except (NotAllowed, MusterError):
            assert not (directory / "w.yaml").exists()
            return
        spec = reading.loaded(place).sessions["w"].spec
        assert (spec.prompt or "", spec.tier or "", spec.origin, spec.parent) == (prompt, tier, Origin.AI, "ann")


def test_a_fleet_file_is_a_persons() -> None:
    """No edit of an AI reaches the tables that bind it."""
    with tempfile.TemporaryDirectory() as scratch:
        fleet = Path(scratch, "_fleet.yaml")
        fleet.write_text("ai: {sessions: 1}\n")
        place = Settings(sessions_dirs=(Path(scratch),), state_dir=Path(scratch, "state"))
        with contextlib.suppress(NotAllowed):
            edits.change(place, Asker(Origin.AI, "ann"), fleet, lambda old: old.replace("1", "9"))
        assert fleet.read_text() == "ai: {sessions: 1}\n"
