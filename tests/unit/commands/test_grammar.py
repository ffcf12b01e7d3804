"""What is a command, and what is said to the agent."""

import pytest

from controller.commands.grammar import HELP, NAMES, read, unescaped
from controller.errors import UsageError
from controller.model.command import Command, Word


@pytest.mark.parametrize(
    "line, command",
    [
        ("/model", Command(Word.MODEL)),
        ("/model fast", Command(Word.MODEL, "fast")),
        ("  /model\tfast  ".strip(), Command(Word.MODEL, "fast")),
        ("/MODEL Fast", Command(Word.MODEL, "Fast")),
        ("/model@muster_bot fast", Command(Word.MODEL, "fast")),
        ("/models", Command(Word.MODEL)),
        ("/local", Command(Word.LOCAL)),
        ("/cloud", Command(Word.CLOUD)),
        ("/reset", Command(Word.RESET)),
        ("/default", Command(Word.RESET)),
        ("/status", Command(Word.STATUS)),
    ],
)
def test_a_command_is_read_however_a_channel_writes_it(line: str, command: Command) -> None:
    assert read(line) == command


@pytest.mark.parametrize(
    "line", ["", "hello", "model fast", "/compact now", "/", "//model", " /model", "/modelfast", "/@x"]
)
def test_all_else_is_said_to_the_agent(line: str) -> None:
    assert read(line) is None


@pytest.mark.parametrize("line", ["/model fast please", "/reset now", "/model a\nb", "/status x"])
def test_words_that_a_command_does_not_take_are_refused_with_the_way_to_the_agent(line: str) -> None:
    """A sentence that begins with a command is neither cut nor half obeyed."""
    with pytest.raises(UsageError, match="cannot read") as refused:
        read(line)
    assert refused.value.hint == f"write /{line} to say it to the agent"


def test_an_agents_own_command_of_the_same_name_is_reached_by_another_slash() -> None:
    assert (unescaped("//status"), unescaped("/compact"), unescaped("a // b")) == ("/status", "/compact", "a // b")


def test_the_help_tells_every_name() -> None:
    assert all(name in HELP for name in NAMES)
