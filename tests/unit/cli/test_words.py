"""From words to arguments, and what completion offers; no process is started."""

import argparse
from pathlib import Path

import pytest

from controller.cli import completion, parsing, verbs, words
from controller.errors import UsageError
from controller.model import scalars


@pytest.mark.parametrize(
    "argv, before, rest",
    [
        (["status", "--json"], [], ["status", "--json"]),
        (["--state-dir", "x", "status"], ["--state-dir", "x"], ["status"]),
        (["--sessions-dir=x", "status"], ["--sessions-dir=x"], ["status"]),
        (["-h"], ["--help"], []),
        (["--state-dir"], ["--state-dir"], []),
        ([], [], []),
    ],
)
def test_options_before_the_verb_are_told_from_the_verb(argv: list[str], before: list[str], rest: list[str]) -> None:
    """The options of every command may stand on either side of the verb."""
    assert parsing.split(argv) == (before, rest)


def test_options_of_every_command_are_read_behind_the_verb_too() -> None:
    """And --sessions-dir may be said several times; the first is the writable one."""
    verb = verbs.find("validate")
    said = ["--sessions-dir", "a", "--sessions-dir", "b", "--state-dir", "c"]
    args = parsing.parse(verb, verbs.module_of(verb), said)

    assert (args.sessions_dir, args.state_dir) == ([Path("a"), Path("b")], Path("c"))


def test_a_shortened_option_is_refused() -> None:
    """A script that says --detail must not change its meaning when an option is added."""
    verb = verbs.find("plan")
    with pytest.raises(UsageError, match="unrecognized"):
        parsing.parse(verb, verbs.module_of(verb), ["--detail"])


def test_every_listing_has_json() -> None:
    """Listings are read by machines as well."""
    for name in ("agents", "events", "plan", "prune", "status", "validate", "why"):
        parser = argparse.ArgumentParser()
        verbs.module_of(verbs.find(name)).add_arguments(parser)
        assert "--json" in parser.format_help(), name


def test_every_name_stands_once_in_the_table() -> None:
    """Two lines for one verb would hide one of them."""
    names = [verb.name for verb in verbs.VERBS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "said, offered",
    [
        (["sus"], ["suspend"]),
        (["completion", "z"], ["zsh"]),
        (["wait", "x", "--for", "i"], ["idle"]),
        (["schema", "--write", ""], []),
        (["schema", "plan", ""], []),
        (["nonsense", ""], []),
    ],
)
def test_completion_offers_what_may_follow(said: list[str], offered: list[str]) -> None:
    """Verbs, choices and values of options, each in its place, and nothing where nothing is known."""
    assert completion.candidates(said) == offered


def test_completion_offers_agents_and_models_of_the_built_in_profiles() -> None:
    """Read as text: profiles are parsed only by commands that use them."""
    assert "demo" in words.agents()
    assert not any(name.startswith("_") for name in words.agents())
    assert {"fast", "mini", "midi", "maxi"} <= set(words.models())


def test_session_names_are_stems(tmp_path: Path) -> None:
    """Neither the fleet nor hidden files are sessions, nor what is no name."""
    for name in ("a.yaml", "b.c.yml", "_fleet.yaml", ".x.yaml", "notes.txt", "$(touch ran).yaml", "*.yaml", "a b.yaml"):
        (tmp_path / name).touch()

    assert words.sessions([tmp_path, tmp_path / "missing"]) == ["a", "b.c"]


def test_only_what_no_shell_runs_is_offered_as_a_name() -> None:
    """A word of completion stands on the command line as it is; this one is what names are everywhere."""
    assert words._NAME.pattern == scalars.NAME.pattern
