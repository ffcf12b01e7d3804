"""What agents say of their models, of what they offer, and who may do what; shapes as real ones send them."""

from typing import Any

import pytest

from controller.model.channel import Channel
from controller.wire.acp import (
    CANCELLED,
    Models,
    Opener,
    Ruling,
    can,
    models_in,
    opener,
    outcome_in,
    ruled,
    used_model,
)

FAST = {"value": "fast", "name": "Fast"}
DEEP = {"value": "deep"}
OFFERED = (("fast", "Fast"), ("deep", "deep"))


def option(**words: Any) -> dict[str, Any]:
    return {"id": "model", "type": "select", "currentValue": "fast", "options": [FAST, DEEP]} | words


CONFIG = Models(Channel.CONFIG_OPTION, "fast", OFFERED, "model")


@pytest.mark.parametrize(
    "options,models",
    [
        ([option()], CONFIG),
        ([option(id="m", category="model")], Models(Channel.CONFIG_OPTION, "fast", OFFERED, "m")),
        ([option(id="provider", category="model"), option(category="model")], CONFIG),
        ([option(options=[{"group": "g", "name": "G", "options": [FAST]}, DEEP])], CONFIG),
        ([option(type=None)], Models()),
        ([option(type="boolean"), 5, None, {"id": 3}], Models()),
        ([option(currentValue=None)], Models(Channel.CONFIG_OPTION, None, OFFERED, "model")),
        ([option(id="mode", category="mode")], Models()),
        ("text", Models()),
    ],
)
def test_the_option_that_sets_the_model_is_found(options: Any, models: Models) -> None:
    assert models_in({"configOptions": options}) == models


def test_the_legacy_list_counts_where_there_is_no_option() -> None:
    legacy = {"currentModelId": "fast", "availableModels": [{"modelId": "fast", "name": "Fast"}, {"modelId": "deep"}]}

    assert models_in({"models": legacy}) == Models(Channel.LEGACY, "fast", OFFERED)
    assert models_in({"models": legacy, "configOptions": [option()]}) == CONFIG
    assert models_in({"models": legacy, "configOptions": []}).channel is Channel.LEGACY


@pytest.mark.parametrize("resume", [{"resume": {}}, {}, {"resume": None}, None])
@pytest.mark.parametrize("load", [True, False])
@pytest.mark.parametrize("wanted", ["resume", "load", "either"])
def test_a_conversation_is_opened_as_the_agent_can_and_the_profile_wants(resume: Any, load: bool, wanted: str) -> None:
    said = {"agentCapabilities": {"loadSession": load, "sessionCapabilities": resume}}

    way = opener(said, wanted)

    if resume == {"resume": {}} and wanted != "load":
        assert way is Opener.RESUME
    else:
        assert way is (Opener.LOAD if load else None)


@pytest.mark.parametrize(
    "said,offered",
    [({"close": {}}, True), ({"close": None}, False), ({"close": False}, False), ({}, False), (None, False)],
)
def test_what_an_agent_can_is_what_it_offers(said: Any, offered: bool) -> None:
    assert can({"agentCapabilities": {"sessionCapabilities": said}}, "close") is offered


def question(*kinds: str) -> list[dict[str, str]]:
    return [{"optionId": f"id-{kind}", "name": kind, "kind": kind} for kind in kinds]


@pytest.mark.parametrize(
    "kinds,ruling,chosen",
    [
        (("allow_always", "allow_once", "reject_once"), Ruling.ALLOW, "id-allow_once"),
        (("reject_once", "allow_always"), Ruling.ALLOW, "id-allow_always"),
        (("allow_once", "reject_always", "reject_once"), Ruling.DENY, "id-reject_once"),
        (("allow_once",), Ruling.DENY, None),
        ((), Ruling.ALLOW, None),
    ],
)
def test_a_policy_chooses_the_smallest_answer_of_its_kind(kinds: tuple[str, ...], ruling: Ruling, chosen: str) -> None:
    outcome = ruled(question(*kinds), ruling)

    assert outcome == ({"outcome": "selected", "optionId": chosen} if chosen else CANCELLED)


@pytest.mark.parametrize(
    "answer,outcome",
    [
        (
            {"outcome": {"outcome": "selected", "optionId": "id-a", "more": 1}},
            {"outcome": "selected", "optionId": "id-a"},
        ),
        ({"outcome": {"outcome": "cancelled"}}, CANCELLED),
        ({"outcome": {"outcome": "selected", "optionId": "id-b"}}, None),
        ({"outcome": {"outcome": "selected"}}, None),
        ({"outcome": "cancelled"}, None),
        (None, None),
    ],
)
def test_an_answer_is_one_that_was_offered(answer: Any, outcome: Any) -> None:
    assert outcome_in(answer, question("a")) == outcome


def ended(*models: str) -> dict[str, Any]:
    rows = [{"model": model, "token_count": {"outputTokens": 10}} for model in models]
    return {"stopReason": "end_turn", "_meta": {"quota": {"model_usage": rows}}}


@pytest.mark.parametrize(
    "result,model",
    [
        (ended("gpt-6-luna"), "gpt-6-luna"),
        (ended("claude-haiku-5-5", "claude-sonnet-5-5"), None),
        (ended("a", "a"), "a"),
        ({"_meta": {"quota": {"model_usage": {"a": {"outputTokens": 9}}}}}, "a"),
        (ended(), None),
        ({"stopReason": "end_turn"}, None),
        (None, None),
    ],
)
def test_the_model_of_a_turn_is_told_by_an_end_that_names_one(result: Any, model: str | None) -> None:
    """After a switch claude names both: it asked the old one for a title meanwhile."""
    assert used_model(result) == model
