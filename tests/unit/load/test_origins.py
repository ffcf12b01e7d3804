"""What the systems before decided by tier and by who asked, said by files alone: from YAML to a command line."""

from pathlib import Path

import pytest

from controller.model.loaded import Loaded
from controller.model.session import Origin
from controller.plan.argv import build
from tests.property.worlds import desired
from tests.unit.load.world import World

TIERS = {
    "admin": "opus",
    "wife": "opus",
    "partner": "opus",
    "family": "sonnet",
    "favorite": "sonnet",
    "bots": "haiku",
    "unknown": "haiku",
    "somebody-else": "sonnet",
}


def reading(place: Path, fleet: str = "{}\n", **files: str) -> Loaded:
    """What these files say beside what is built in."""
    world = World(place)
    world.write(_fleet=fleet, **files)
    return world.settled()


def argv(loaded: Loaded, name: str, *, resumes: bool = False) -> tuple[str, ...]:
    """The command line on which the session would be started, or taken up again."""
    found = desired(loaded.sessions[name], loaded)
    return build(found, conversation="C", resumes=resumes, prompt=None, generation=1).argv


def model_of(words: tuple[str, ...]) -> str:
    return words[words.index("--model") + 1]


@pytest.mark.parametrize("tier, model", TIERS.items())
def test_seed_1_every_tier_has_its_model_without_a_word(tmp_path: Path, tier: str, model: str) -> None:
    """The table of the system before, as it is built in; a tier that no table lists is the family's."""
    loaded = reading(tmp_path, chat=f"tier: {tier}\n")

    assert model_of(argv(loaded, "chat")) == model


def test_seed_1_a_word_in_the_file_is_above_its_tier(tmp_path: Path) -> None:
    loaded = reading(tmp_path, chat="tier: bots\nmodel: opus\n", other="tier: bots\n")

    assert [model_of(argv(loaded, name)) for name in ("chat", "other")] == ["opus", "haiku"]


@pytest.mark.parametrize("origin, model", [("ai", "sonnet"), ("human", "opus")])
@pytest.mark.parametrize("resumes", [False, True], ids=["started", "resumed"])
def test_seed_0_who_asked_decides_the_model_at_start_and_at_resume(
    tmp_path: Path, origin: str, model: str, resumes: bool
) -> None:
    """No file says a model: the rule does, and says it again at every start."""
    loaded = reading(tmp_path, worker=f"origin: {origin}\n")
    words = argv(loaded, "worker", resumes=resumes)

    assert model_of(words) == model
    assert ("--resume" in words) == resumes


def test_seed_0_a_file_that_does_not_say_who_asked_is_a_persons(tmp_path: Path) -> None:
    """Files that were written before there were origins stay valid, and on the person's model."""
    loaded = reading(tmp_path, old="labels: {written: long-ago}\n")

    assert loaded.problems == ()
    assert loaded.sessions["old"].spec.origin is Origin.HUMAN
    assert model_of(argv(loaded, "old")) == "opus"


def test_seed_0_the_rule_is_a_line_of_the_fleet(tmp_path: Path) -> None:
    loaded = reading(tmp_path, fleet="origins: {ai: haiku}\n", worker="origin: ai\n", hers="origin: human\n")

    assert [model_of(argv(loaded, name)) for name in ("worker", "hers")] == ["haiku", "opus"]


def test_seed_0_a_file_for_another_computer_is_ignored_here(tmp_path: Path) -> None:
    """It travels with the repository, the flag with it."""
    loaded = reading(tmp_path, worker="origin: ai\nhosts: [there]\n", mine="origin: ai\nhosts: [here]\n")

    assert {name: one.here for name, one in loaded.sessions.items()} == {"worker": False, "mine": True}
    assert loaded.sessions["worker"].spec.origin is Origin.AI
