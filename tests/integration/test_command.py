"""`muster command`: what a bot sends for its chat channel, and what it gets back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli_world import World
from tests.integration.controller_world import FLEET as ALL
from tests.integration.controller_world import live
from tests.integration.test_asking_inside import BOSS, OTHER, inside, refused

FLEET = """\
defaults: {agent: demo, model: balanced}
tiers: {family: balanced, "*": balanced}
origins: {ai: fast}
aliases: {local: mini, cloud: maxi}
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, FLEET)
    made.write("telegram.yaml", "# her chat\ntier: family\n")
    made.write("webchat.yaml", "tier: family\nmodel: maxi   # his word\n")
    yield made
    made.end_sessions()


def models(world: World) -> dict[str, tuple[str, str]]:
    """The desired model of each session, and the layer that says so."""
    listing = world.muster("status", "--json").json["sessions"]
    return {one["name"]: (one["desired"]["model"], one["desired"]["layer"]) for one in listing}


def test_seed_2_model_tells_the_effective_model_its_layer_and_marks_the_choice(world: World) -> None:
    said = world.muster("command", "webchat", "/model").out.splitlines()

    assert said == [
        f"webchat is on maxi (its own word, {world.sessions / 'webchat.yaml'}:2:8)",
        "  mini  fast, local",
        "  midi  balanced",
        "> maxi  powerful, cloud",
    ]


def test_seed_2_a_choice_in_one_channel_moves_no_other(world: World) -> None:
    """The word is one line of that session's file; every other byte stays."""
    said = world.muster("command", "telegram", "/model fast")

    assert said.out == "telegram is set to mini, its own word from now on\n"
    assert world.read("telegram.yaml") == "# her chat\ntier: family\nmodel: fast\n"
    assert world.read("webchat.yaml") == "tier: family\nmodel: maxi   # his word\n"
    assert world.read("_fleet.yaml") == FLEET
    assert models(world) == {"telegram": ("mini", "session"), "webchat": ("maxi", "session")}


def test_seed_2_local_and_cloud_are_words_that_the_fleet_names(world: World) -> None:
    world.muster("command", "telegram", "/local")
    assert world.read("telegram.yaml").endswith("model: local\n")
    world.muster("command", "telegram", "/cloud")
    assert world.read("telegram.yaml").endswith("model: cloud\n")
    assert models(world)["telegram"] == ("maxi", "session")


def test_seed_2_reset_in_any_channel_returns_to_the_layer_below(world: World) -> None:
    said = world.muster("command", "webchat", "/reset")

    assert said.out == f"webchat goes back to midi (layer tier, {world.sessions / '_fleet.yaml'}:2:17)\n"
    assert world.read("webchat.yaml") == "tier: family\n"
    assert models(world)["webchat"] == ("midi", "tier")
    assert "nothing changes" in world.muster("command", "webchat", "/reset").out


def test_seed_2_an_unknown_word_is_refused_with_the_choices(world: World) -> None:
    said = world.muster("command", "telegram", "/model gigantic", exits=1)

    assert said.out.splitlines() == [
        "cannot use 'gigantic': demo does not offer it",
        "  mini  fast, local",
        "> midi  balanced",
        "  maxi  powerful, cloud",
    ]
    assert world.read("telegram.yaml") == "# her chat\ntier: family\n"


def test_seed_2_the_default_for_all_moves_only_sessions_without_a_word_of_their_own(world: World) -> None:
    world.write("alone.yaml", "cwd: /tmp\n")
    world.muster("set-model", "--default", "fast")

    assert models(world) == {
        "alone": ("mini", "fleet"),
        "telegram": ("midi", "tier"),
        "webchat": ("maxi", "session"),
    }


def test_a_document_is_all_that_is_on_stdout(world: World) -> None:
    """What a bot reads; what the edit says beside it is for whoever runs the bot."""
    said = world.muster("command", "telegram", "/model@her_bot fast", "--json")

    assert said.json["text"] == "telegram is set to mini, its own word from now on"
    assert said.json["edit"] == {"kind": "set-model", "model": "fast"}
    assert said.json["session"]["name"] == "telegram"
    assert "telegram.yaml: model is fast" in said.err


@pytest.mark.parametrize("line", ["hello", "/compact", "/model a b", ""])
def test_what_is_no_command_is_refused_and_not_said_to_the_agent(world: World, line: str) -> None:
    said = world.muster("command", "telegram", line, exits=64)

    assert said.out == ""
    assert world.read("telegram.yaml") == "# her chat\ntier: family\n"


@pytest.mark.parametrize("model", ["../x", "--dangerously", "a\tb", "maxi\u2028", "\x1b[2J", "'maxi'", "{x: y}"])
def test_hostile_words_change_nothing(world: World, model: str) -> None:
    said = world.muster("command", "telegram", f"/model {model}", exits=None)

    assert said.code in {0, 1, 64}
    assert "\x1b" not in said.out + said.err
    assert world.read("telegram.yaml") in {"# her chat\ntier: family\n", "# her chat\ntier: family\nmodel: maxi\n"}


def test_reset_leaves_the_conversation_behind_where_the_channel_asks_for_it(world: World) -> None:
    """The same as `muster fresh`: another conversation, on the model of the layer below."""
    world.muster("apply")
    before = world.status("webchat")
    world.muster("command", "webchat", "/reset", "--reset-conversation")
    after = world.status("webchat")

    assert after["conversation"] != before["conversation"]
    assert (before["asked"]["model"], after["asked"]["model"]) == ("maxi", "midi")


def test_reset_keeps_the_conversation_else(world: World) -> None:
    world.muster("apply")
    before = world.status("webchat")
    world.muster("command", "webchat", "/reset")
    world.muster("apply")
    after = world.status("webchat")

    assert after["conversation"] == before["conversation"]
    assert after["asked"]["model"] == "midi"


def test_an_ai_gets_no_more_by_a_chats_command_than_by_any_other(short_path: Path) -> None:
    """Its own worker and itself, below the ceiling, and no conversation left behind; half of an edit is none."""
    (short_path / "work").mkdir()
    boss = BOSS.format(work=short_path / "work") + "model: mini\n"
    worker = f"origin: ai\nparent: boss\ncwd: {short_path}/work\nmodel: mini\n"
    with live(short_path, ALL, {"boss": boss, "other": OTHER, "worker": worker}) as world:
        assert inside(world, "boss", "command", "worker", "/model midi")[0] == 0
        world.up("worker", model="midi")

        code, said = inside(world, "boss", "command", "worker", "/model maxi")
        assert (code, "above midi, the ceiling" in said) == (1, True)
        refused(world, "boss", "command", "boss", "/model maxi")
        refused(world, "boss", "command", "boss", "/reset")
        refused(world, "boss", "command", "other", "/model mini")
        refused(world, "boss", "command", "worker", "/reset", "--reset-conversation")
        assert "model: midi" in world.read("worker.yaml")
