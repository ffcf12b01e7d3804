"""What an agent tells of itself, and where: its registry, the ids of its conversations, their records, its screen."""

from enum import StrEnum
from typing import Literal

from .base import FileValue
from .observed import Activity
from .scalars import Regex


class Registry(FileValue):
    """The agent's own file a process: its conversation, its status."""

    path: str
    """A template with ``{home}`` and ``{pid}``; JSON."""
    conversation: str
    """Dotted path of the conversation id."""
    begun: str | None = None
    """A template as the transcript's, of a file that a conversation has: an id without it is of none, such as the one
    that an agent names while it goes on writing into the former's file."""
    start_ticks: str | None = None
    """Dotted path of the process's start ticks: a file left by another process does not count."""
    status: str | None = None
    since: str | None = None
    """Dotted path of the time of the last change of status."""
    since_unit: Literal["s", "ms", "iso"] = "s"
    statuses: dict[str, Activity] = {}
    """The agent's words for its activity; a word that is not here is unknown."""


class ReportedBy(StrEnum):
    """How a process shows which conversation it works on."""

    FILE = "file"
    """The name of a file that is there while it runs; ``{pid}`` stands in it."""
    OPEN_FILE = "open-file"
    """The name of a file that it, or a process of its own, holds open."""
    BORN = "born"
    """The only conversation that began in its directory since it started, while no other process of its name is there.
    A JSON file says where and when."""


class Reported(FileValue):
    """Where the id of a conversation stands that the agent minted and that no registry tells."""

    by: ReportedBy
    path: str
    """A template with ``{home}``, ``{pid}``, ``{cwd_slug}``, ``*`` as in glob; at ``{conversation}`` stands the id."""
    cwd: str = "cwd"
    """For ``born``: dotted path of the conversation's directory."""
    at: str = "createdAt"
    """For ``born``: dotted path of the time when it began."""
    at_unit: Literal["s", "ms", "iso"] = "ms"
    begun: str | None = None
    """A template of a file that a conversation has from its first prompt on: an id without it is of none, such as the
    one that an agent opens for a moment before it goes on with another."""


class Where(FileValue):
    """Which records of a transcript are meant: dotted path to value, all of them."""

    match: dict[str, str | bool | int] = {}
    value: str | None = None
    """Dotted path of the value that is wanted (a model id); none: the record itself counts."""
    pattern: Regex | None = None
    """A regular expression whose first group (or whole) is what is wanted of the value."""
    provider: str | None = None
    """Dotted path of a provider, put before the value with a slash."""


class Beside(FileValue):
    """A value in a JSON file beside the conversation."""

    path: str
    """A template as the transcript's; of several files the newest counts."""
    value: str
    """Dotted path of the value."""


class TranscriptFormat(StrEnum):
    """How the agent writes its conversations."""

    JSONL = "jsonl"
    JSON = "json"
    SQLITE = "sqlite"
    TEXT = "text"


class Slug(FileValue):
    """How the agent turns a directory into a name."""

    replace: Regex = "[^A-Za-z0-9]"
    by: str = "-"


class Transcript(FileValue):
    """Where the conversation stands and what its records say."""

    path: str
    """A template with ``{home}``, ``{conversation}``, ``{cwd_slug}`` or ``{cwd}``; ``*`` as in glob.

    ``{conversation_8}`` are the id's first eight characters.
    """
    format: TranscriptFormat = TranscriptFormat.JSONL
    slug: Slug = Slug()
    user: list[Where] = []
    """Records that are a person's turn: with one of them the conversation can be resumed."""
    model: list[Where] = []
    """Records that name the model, the newest of them counts."""
    answered: list[Where] = []
    """Records of an answer, where those that name the model are written when it is asked: a model then counts from
    the first answer after it, because a provider may refuse it."""
    in_force: Beside | None = None
    """Where the records name no model: what stands there is the model of the newest answer. There from the first turn
    on, so it proves one."""
    refused: list[Where] = []
    """Records of a turn without an answer, because the provider does not know the model or does not give it to us."""
    fallback: list[Where] = []
    """Records of the provider's own fallback model: shown, never drift."""
    changed: list[Where] = []
    """Records of a change by a person inside the session."""
    begun: list[Where] = []
    """Records of work that begins or goes on, besides a person's turn."""
    ended: list[Where] = []
    """Records of a turn's end: with them the transcript tells busy from idle."""
    begins_with_turn: bool = False
    """A prompt is written down at once: while no turn stands there, nothing was ever asked."""
    skip: list[Where] = []
    """Records of sub-agents and side requests."""
    time: str | None = None
    """Dotted path of a record's time; none: the file's order."""
    time_unit: Literal["s", "ms", "iso"] = "iso"
    items: str | None = None
    """For JSON: dotted path of the list of records."""
    queries: dict[Literal["user", "model", "refused"], str] = {}
    """For SQLite: one query each, ``:conversation`` and ``:cwd`` bound; rows are (value, time)."""
    patterns: dict[Literal["user", "model", "answered", "refused"], Regex] = {}
    """For text: a regular expression a line; the first group (or the whole) is the value."""


class Screen(FileValue):
    """What stands on its terminal, where it says something there and nowhere else.

    Regular expressions, searched in the whole screen as plain text, from top to bottom; one that is found is enough. It
    is read while the other sources call the agent busy or do not know, and always where ``idle`` is given.
    """

    waiting: list[Regex] = []
    """It asks a person something."""
    refused: list[Regex] = []
    """It asks what to do about a model that the provider does not know or does not give to us."""
    idle: list[Regex] = []
    """It takes a prompt. With any of them the screen decides: one that shows none of all these is busy."""
