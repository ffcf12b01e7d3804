"""What a profile says of its program's own words: its help, and the command lines that people type."""

from typing import Literal

from .base import FileValue


class HelpPage(FileValue):
    """A page of the program's own help that lists the flags of its launches, read as data."""

    ask: list[str] = ["--help"]
    """The words after the executable."""
    when: Literal["always", "start", "resume"] = "always"
    """Which launches it is about."""


class Typed(FileValue):
    """How people's command lines are read, besides what the templates say: flags, each with one word after it."""

    model: list[str] = []
    conversation: list[str] = []
    drop: list[str] = []
    """Flags, without a word of their own, that choose a conversation or are said once: never taken over."""
    drop_with_word: list[str] = []
    """The same for flags with a word."""
    switches: list[str] = []
    """Flags without a word of their own that matter: what follows them is a prompt."""
