"""The table of who may run what is closed: every command is in it, and what changes something is nobody's by chance."""

from controller.cli.parsing import parser_of
from controller.cli.verbs import VERBS, find, module_of
from controller.model.right import Right

LOOKS = {
    *("demo", "validate", "agents", "status", "plan", "why", "events", "wait", "logs", "schema", "completion"),
    "mcp",  # who calls is told by a token, for each call
}
"""These change no session and no file of one."""


def test_every_command_that_changes_something_asks_who_runs_it() -> None:
    """A new one must be put among those that only look, here, or have a right of its own there."""
    assert not {verb.name for verb in VERBS if verb.right is Right.ANYONE} - LOOKS


def test_commands_for_kin_name_their_sessions() -> None:
    """Whom they are about is in `name` or `names`: without it nobody could be compared."""
    for verb in VERBS:
        if verb.right is Right.KIN:
            actions = {action.dest for action in parser_of(verb, module_of(verb))._actions}
            assert actions & {"name", "names"}, verb.name


def test_what_only_shows_without_an_option_has_that_option() -> None:
    for verb in VERBS:
        actions = {action.dest for action in parser_of(verb, module_of(verb))._actions}
        assert not verb.only_with or verb.only_with in actions, verb.name


def test_new_is_the_one_that_its_door_judges() -> None:
    assert [verb.name for verb in VERBS if verb.right is Right.LIMITS] == ["new"]
    assert find("new").module == "new"
