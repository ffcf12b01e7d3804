"""What words for models mean to an agent."""

import pytest

from controller.model.profile import ModelEntry, Models, Profile
from controller.resolve.models import above, normalise, offered
from tests.property.worlds import profile

AGENT = profile(
    models=Models(
        offered=[
            ModelEntry(name="small", ids=[r"vendor-small-\d+"], aliases=["tiny"], send="vendor-small-latest"),
            ModelEntry(name="large", ids=[r"vendor-large(-\d+)+"], aliases=["big", "small-plus"]),
            ModelEntry(name="huge"),
        ],
        classes={"fast": "small", "powerful": "large"},
        any_id="exact-.*",
        strip=[r"\[1m\]$", r"-\d{8}$", "[<>]"],
        ignore=["<synthetic>"],
    )
)


@pytest.mark.parametrize(
    "word,means",
    [
        ("cheap", "small"),
        ("pricey", "large"),
        ("fast", "small"),
        ("large", "large"),
        ("big", "large"),
        ("vendor-small-4", "small"),
        ("exact-one", "exact-one"),
        ("balanced", None),
        ("vendor-small-4x", None),
        ("lost", None),
    ],
)
def test_word_is_an_alias_a_class_a_name_or_an_id(word: str, means: str | None) -> None:
    """The fleet's alias may lead to a class; what nothing knows is not offered."""
    assert offered(word, AGENT, {"cheap": "small", "pricey": "powerful", "lost": "nowhere"}) == means


def test_fleet_alias_speaks_before_the_agents_own_name() -> None:
    """An owner can point a known word elsewhere."""
    assert offered("large", AGENT, {"large": "small"}) == "small"


@pytest.mark.parametrize(
    "model,ceiling,is_above",
    [
        ("large", "small", True),
        ("small", "large", False),
        ("small", "small", False),
        ("exact-one", "huge", True),
        ("huge", "exact-one", False),
        ("exact-one", "exact-two", True),
        ("exact-one", "exact-one", False),
    ],
)
def test_unlisted_model_is_above_any_ceiling(model: str, ceiling: str, is_above: bool) -> None:
    """Cheapest first; what has no known price is never cheap enough."""
    assert above(AGENT, model, ceiling) is is_above


@pytest.mark.parametrize(
    "raw,name",
    [
        ("vendor-large-5-5", "large"),
        ("vendor-large-5-5-20260101[1m]", "large"),
        ("vendor-small-latest", "small"),
        ("huge[1m]", "huge"),
        ("tiny", "small"),
        ("exact-one[1m]", "exact-one[1m]"),
        ("<exact-one>", "exact-one"),
        ("of-tomorrow", "of-tomorrow"),
        ("<synthetic>", None),
    ],
)
def test_reported_id_becomes_the_name_that_people_write(raw: str, name: str | None) -> None:
    """Dated ids and marks are no difference; an id that no rule knows stays as it is."""
    assert normalise(raw, AGENT) == name


def test_flag_is_given_what_the_agent_wants() -> None:
    """A name is sent as the profile says; an exact id goes on verbatim."""
    sent: Profile = AGENT
    assert [sent.sent_as(model) for model in ("small", "large", "exact-one")] == [
        "vendor-small-latest",
        "large",
        "exact-one",
    ]
