"""Commands of chats as values: what was asked for, what it changes, and what is answered."""

from dataclasses import dataclass
from enum import StrEnum

from .desired import Resolution
from .status import SessionStatus


class Word(StrEnum):
    """What chat commands there are."""

    MODEL = "model"
    LOCAL = "local"
    CLOUD = "cloud"
    RESET = "reset"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it was read.

    :ivar model: the word after ``/model``, ``None`` where nothing followed.
    """

    word: Word
    model: str | None = None


@dataclass(frozen=True, slots=True)
class SetModel:
    """The session's own word becomes this one, in its file."""

    model: str


@dataclass(frozen=True, slots=True)
class Reset:
    """What is cleared.

    :ivar model: the session's own word, out of its file.
    :ivar conversation: left behind, as `muster fresh` does.
    """

    model: bool
    conversation: bool


Edit = SetModel | Reset
"""A closed union; whoever carries it out asks the same leave as for any other edit of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A model that the session may be set to.

    :ivar words: what else names it: classes, aliases.
    :ivar current: whether the session should be on it now.
    """

    model: str
    words: tuple[str, ...]
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered to a command.

    :ivar status: how the session stood when it was asked.
    :ivar lasting: what the files give it once the edit is made, overrides left out: they end by themselves.
    :ivar choices: cheapest first; empty where nobody asked for them.
    :ivar edit: ``None`` where there is nothing to change.
    :ivar refused: why it was not understood or is not allowed; ``hint`` says what to do about it.
    """

    command: Command
    status: SessionStatus
    lasting: Resolution
    choices: tuple[Choice, ...] = ()
    edit: Edit | None = None
    refused: str | None = None
    hint: str | None = None
