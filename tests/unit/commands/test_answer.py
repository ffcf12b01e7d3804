"""From a command and what is known to an edit and a reply."""

from dataclasses import replace
from typing import Any

import pytest

from controller.commands.answer import Known, answer
from controller.commands.grammar import read
from controller.model.command import Edit, Reply, Reset, SetModel
from controller.model.loaded import Loaded
from controller.model.scalars import choice_for
from controller.plan.guards import decide
from controller.plan.status import status_of
from controller.resolve.lasting import lasting, with_word
from controller.views.command import as_json, as_text
from tests.property.worlds import NOW, declared, fleet_spec, in_sync, loaded, profile, world

OVERRIDE = {"model": "small", "until": "2100-01-01T00:00:00Z"}


def known(fleet: dict[str, Any] | None = None, reported: tuple[str, ...] = (), **words: Any) -> Known:
    """Ann's session with these words in her file, as it runs."""
    reading: Loaded = loaded(fleet_spec(**fleet or {}))
    file, agent = declared(**words), profile()
    case = in_sync(file, reading)
    return Known(
        status=status_of(case, decide(case, world(case)), NOW),
        profile=agent,
        aliases=reading.fleet.spec.aliases,
        lasting=lambda word: lasting(with_word(file, agent.name, word), reading, agent),
        own=choice_for(file.spec.model, agent.name),
        reported=reported,
    )


def said(line: str, at: Known, *, clears: bool = False) -> Reply:
    command = read(line)
    assert command is not None
    return answer(command, at, clears=clears)


def text(line: str, at: Known) -> str:
    return as_text(said(line, at))


def test_model_tells_the_model_its_layer_and_the_choices_with_a_marker() -> None:
    assert text("/model", known(tier="family")) == (
        "ann is on middle (layer tier)\n  small   fast\n> middle  balanced\n  large   powerful"
    )


def test_a_word_of_its_own_is_told_with_its_place() -> None:
    assert text("/model", known(model="large")).startswith("ann is on large (its own word, sessions.d/ann.yaml:1:0)\n")


def test_the_fleets_words_stand_beside_the_models_that_they_mean() -> None:
    at = known(fleet={"aliases": {"local": "small", "small": "small", "gone": "gpt"}})
    assert "  small   fast, local" in text("/model", at).splitlines()


def test_what_the_agent_itself_offers_is_a_choice_where_a_file_may_say_it() -> None:
    assert [one.model for one in said("/model", known(reported=("large-7", "unheard-of"))).choices] == [
        "small",
        "middle",
        "large",
    ]


@pytest.mark.parametrize(
    "line, words, edit",
    [
        ("/model large", {"tier": "family"}, SetModel("large")),
        ("/model fast", {"model": "large"}, SetModel("fast")),
        ("/model large", {"model": "large"}, None),
        ("/model large", {"model": {"talker": "large"}}, None),
        ("/local", {}, SetModel("local")),
        ("/local", {"model": "local"}, None),
        ("/cloud", {"model": "local"}, Reset(model=True, conversation=False)),
        ("/cloud", {"model": "small"}, Reset(model=True, conversation=False)),
        ("/cloud", {"model": "large"}, None),
        ("/cloud", {}, None),
        ("/reset", {"model": "large"}, Reset(model=True, conversation=False)),
        ("/reset", {}, None),
        ("/status", {"model": "large"}, None),
        ("/model", {"model": "large"}, None),
    ],
)
def test_a_command_is_one_edit_of_its_session(line: str, words: dict[str, Any], edit: Edit | None) -> None:
    assert said(line, known(fleet={"aliases": {"local": "small"}}, **words)).edit == edit


def test_cloud_is_a_word_of_its_own_where_somebody_names_it() -> None:
    assert said("/cloud", known(fleet={"aliases": {"cloud": "large"}})).edit == SetModel("cloud")


def test_cloud_takes_no_word_out_that_nobody_calls_local() -> None:
    """Not one that its agent no longer offers either."""
    assert said("/cloud", known(model="gone")).edit is None


def test_reset_returns_to_the_layer_below_and_says_which() -> None:
    assert text("/reset", known(tier="bots", model="large")) == "ann goes back to small (layer tier)"
    assert text("/reset", known(tier="bots")) == "ann is on small (layer tier): nothing changes"


def test_reset_clears_the_conversation_only_where_the_channel_asks_for_it() -> None:
    asked = said("/reset", known(tier="bots"), clears=True)
    assert asked.edit == Reset(model=False, conversation=True)
    assert as_text(asked) == "ann stays on small (layer tier); its conversation is left behind, a new one begins"
    assert said("/cloud", known(fleet={"aliases": {"local": "small"}}, model="local"), clears=True).edit == Reset(
        model=True, conversation=False
    )


def test_an_unknown_name_changes_nothing_and_lists_the_choices() -> None:
    reply = said("/model gigantic", known(tier="family"))
    assert reply.edit is None
    assert as_text(reply) == (
        "cannot use 'gigantic': talker does not offer it\n  small   fast\n> middle  balanced\n  large   powerful"
    )


def test_local_without_an_alias_says_how_to_name_one() -> None:
    assert text("/local", known()).splitlines()[0] == (
        "cannot use 'local': talker does not offer it; name one: `aliases: {local: MODEL}` in _fleet.yaml"
    )


def test_an_ai_is_offered_nothing_above_its_ceiling() -> None:
    at = known(origin="ai", tier="bots")
    assert [one.model for one in said("/model", at).choices] == ["small", "middle"]
    refused = said("/model large", at)
    assert (refused.edit, refused.refused) == (
        None,
        "cannot use 'large': it is above middle, the ceiling of origin ai",
    )


def test_a_ceiling_that_cannot_be_kept_allows_nothing() -> None:
    refused = said("/model small", known(fleet={"origins": {"ai": "gpt"}}, origin="ai"))
    assert (refused.edit, refused.choices) == (None, ())
    assert refused.refused == "cannot use 'small': the ceiling of origin ai, gpt, is no model of talker"


def test_an_override_is_told_beside_what_the_files_say() -> None:
    at = known(fleet={"override": OVERRIDE}, tier="admin")
    over = "small (layer override, until 2100-01-01T00:00:00Z)"
    assert text("/model", at).splitlines()[0] == f"ann is on {over}; the files say large"
    assert text("/model middle", at) == (
        f"ann is set to middle, its own word from now on; it stays on {over} meanwhile"
    )


def test_status_says_what_it_does_and_why() -> None:
    lines = text("/status", known(tier="family")).splitlines()
    assert lines[0].startswith("ann is ")
    assert lines[1] == "  model     middle (layer tier)"


def test_a_reply_moves_no_cursor() -> None:
    """Neither by what was typed nor by what an agent said before it ended."""
    at = known()
    at = replace(at, status=replace(at.status, message="exit 3: \x1b[2J"))
    assert "\x1b" not in text("/model \x1b[2Jx", at) + text("/status", at)


def test_a_document_says_where_the_word_stands() -> None:
    """Also in a map from agent to word."""
    for word in ("large", {"talker": "large"}):
        document = as_json(said("/model", known(model=word)))
        assert (document["layer"], document["source"]) == ("session", "sessions.d/ann.yaml:1:0")


def test_a_document_says_the_edit_and_the_text() -> None:
    reply = said("/model fast", known(tier="admin"))
    document = as_json(reply)
    assert (document["edit"], document["text"], document["layer"]) == (
        {"kind": "set-model", "model": "fast"},
        as_text(reply),
        "session",
    )
    assert document["session"]["name"] == "ann"
