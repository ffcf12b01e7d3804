"""Commands that edit files: only the value changes, and what the agent does not offer is refused before."""

from pathlib import Path

import pytest

from tests.integration.cli_world import World

ALICE = """\
# Alice's session
tier:   family     # her tier
model: 'midi'      # her own wish
origin: human
"""
FLEET = """\
defaults: {agent: demo, model: balanced}   # for all
tiers:
  family: balanced   # the family
  admin: powerful
origins: {ai: fast}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, FLEET)
    made.write("alice.yaml", ALICE)
    made.write("bob.yaml", "tier: family\n")
    return made


def test_set_model_changes_only_the_value(world: World) -> None:
    """Comments, quotes, spaces and all else stay to the byte."""
    ran = world.muster("set-model", "alice", "maxi")

    assert world.read("alice.yaml") == ALICE.replace("midi", "maxi")
    assert "alice.yaml" in ran.out


def test_set_model_adds_the_key_where_there_is_none(world: World) -> None:
    """A file without a model gets one line more."""
    world.muster("set-model", "bob", "mini")

    assert world.read("bob.yaml") == "tier: family\nmodel: mini\n"


def test_set_model_of_a_tier_and_of_the_fleet(world: World) -> None:
    """The fleet's tables are edited the same way."""
    world.muster("set-model", "--tier", "family", "fast")
    world.muster("set-model", "--default", "powerful")

    assert world.read("_fleet.yaml") == FLEET.replace("family: balanced", "family: fast").replace(
        "model: balanced", "model: powerful"
    )


def test_set_model_of_a_tier_that_the_file_does_not_list(world: World) -> None:
    """A built-in tier gets an entry of its own."""
    world.muster("set-model", "--tier", "bots", "mini")

    assert "  bots: mini\n" in world.read("_fleet.yaml")
    world.muster("validate")


def test_a_model_that_is_not_offered_is_refused(world: World) -> None:
    """The refusal lists what the agent offers, with the nearest first, and no byte changes."""
    ran = world.muster("set-model", "alice", "mixi", exits=1)

    assert "mini" in ran.err
    assert "did you mean" in ran.err
    assert world.read("alice.yaml") == ALICE


@pytest.mark.parametrize("words", [["--tier", "family", "gpt-0"], ["--default", "gpt-0"]])
def test_the_fleets_models_are_checked_as_well(world: World, words: list[str]) -> None:
    """A tier's word must be a model of the agents that it speaks to."""
    world.muster("set-model", *words, exits=1)

    assert world.read("_fleet.yaml") == FLEET


def test_a_model_above_the_origins_ceiling_is_refused(world: World) -> None:
    """It would make the file invalid; a person raises the ceiling first."""
    world.write("worker.yaml", "origin: ai\n")
    ran = world.muster("set-model", "worker", "maxi", exits=3)

    assert "ceiling" in ran.err
    assert world.read("worker.yaml") == "origin: ai\n"


def test_reset_model_takes_the_word_out(world: World) -> None:
    """The line goes, the rest stays."""
    world.muster("reset-model", "alice")

    assert world.read("alice.yaml") == "# Alice's session\ntier:   family     # her tier\norigin: human\n"


def test_reset_model_of_a_session_without_one_is_done_already(world: World) -> None:
    """Asking for what is so is no error."""
    world.muster("reset-model", "bob")

    assert world.read("bob.yaml") == "tier: family\n"


def test_reset_model_of_a_session_that_says_nothing_else_leaves_a_session(world: World) -> None:
    """Its file goes on declaring it: a file that is deleted is a session that is stopped."""
    world.write("carol.yaml", "model: mini  # for now\n")
    world.muster("reset-model", "carol")

    assert world.read("carol.yaml") == "{}\n"
    assert world.status("carol")["desired"]["model"] == "midi"


def test_pin_writes_the_model_in_force(world: World) -> None:
    """Bob's tier says balanced, which is midi: that is what his file says from then on."""
    world.muster("pin", "bob")

    assert world.read("bob.yaml") == "tier: family\nmodel: midi\n"


def test_pin_leaves_a_temporary_override_out(world: World) -> None:
    """It ends by itself; what it stands above is what is pinned."""
    world.write("_fleet.yaml", FLEET + "override: {model: fast, until: 2100-01-01T00:00:00Z}\n")
    world.muster("pin", "bob")

    assert world.read("bob.yaml") == "tier: family\nmodel: midi\n"


@pytest.mark.parametrize(
    "verb, line",
    [("stop", "state: stopped"), ("suspend", "suspend: true")],
)
def test_lifecycle_verbs_say_it_in_the_file(world: World, verb: str, line: str) -> None:
    """The file is the word; the controller follows it."""
    world.muster(verb, "bob")

    assert world.read("bob.yaml") == f"tier: family\n{line}\n"


@pytest.mark.parametrize("verb, back", [("stop", "start"), ("suspend", "unsuspend")])
def test_lifecycle_verbs_are_undone(world: World, verb: str, back: str) -> None:
    """Back to what holds without a word."""
    world.muster(verb, "bob")
    world.muster(back, "bob")

    assert world.read("bob.yaml") == "tier: family\n"


def test_new_writes_a_file_that_is_valid(world: World) -> None:
    """The new session's file says what was said, and nothing else."""
    world.muster("new", "carol", "--tier", "admin", "--model", "maxi", "--prompt", "Say: hi")

    assert "model: maxi\n" in world.read("carol.yaml")
    world.muster("validate")


@pytest.mark.parametrize(
    "words, code",
    [(["alice"], 1), ([".hidden"], 64), (["carol", "--model", "gpt-0"], 1), (["carol", "--agent", "nobody"], 1)],
)
def test_new_refuses_what_would_not_be_valid(world: World, words: list[str], code: int) -> None:
    """A taken name, no name, no model, no agent: nothing is written."""
    before = sorted(world.sessions.iterdir())
    world.muster("new", *words, exits=code)

    assert sorted(world.sessions.iterdir()) == before
    assert world.read("alice.yaml") == ALICE


def test_an_unknown_session_is_told_its_neighbour(world: World) -> None:
    """Typing errors are the commonest ones."""
    ran = world.muster("set-model", "alise", "maxi", exits=1)

    assert "did you mean 'alice'" in ran.err


def test_managed_directories_get_a_patch(world: World) -> None:
    """What git manages is never written: the patch for its repository is printed, and that it was not done."""
    managed = world.root / "managed.d"
    managed.mkdir()
    (managed / "carol.yaml").write_text("tier: admin\n")
    both = ["--sessions-dir", str(world.sessions), "--sessions-dir", str(managed)]
    ran = world.muster("set-model", "carol", "maxi", *both, exits=4)

    assert "+model: maxi" in ran.out
    assert "managed" in ran.err
    assert (managed / "carol.yaml").read_text() == "tier: admin\n"


def test_an_edit_that_cannot_be_proven_is_shown(world: World) -> None:
    """A value that comes by an alias is not spliced; the change to make by hand is printed."""
    text = "labels: &all {a: b}\nenv: *all\ntier: family\n"
    world.write("dora.yaml", text)
    ran = world.muster("set-model", "dora", "maxi", exits=None)

    assert ran.code in {1, 3}
    assert world.read("dora.yaml") == text


@pytest.mark.parametrize(
    "words, code", [(["mixi", "--for", "1h"], 1), (["fast"], 64), (["fast", "--for", "soon"], 64), ([], 64)]
)
def test_an_override_that_means_nothing_is_refused(world: World, words: list[str], code: int) -> None:
    """A word that no agent offers, no end, or no duration."""
    world.muster("override", *words, exits=code)

    assert world.muster("status", "--json").json["override"] is None
