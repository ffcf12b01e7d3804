"""What is a command: lines that begin with ``/`` and one of our words."""

from typing import Final

from ..errors import UsageError
from ..model.command import Command, Word

NAMES: Final = {
    "/model": Word.MODEL,
    "/models": Word.MODEL,
    "/local": Word.LOCAL,
    "/cloud": Word.CLOUD,
    "/reset": Word.RESET,
    "/default": Word.RESET,
    "/status": Word.STATUS,
}
"""Every name of a command; the first one of a word is the one that is told."""

HELP: Final = """\
/model          the model, which layer says so, and the choices; also /models
/model MODEL    make it the model of this session, in its file
/local, /cloud  the model that an alias calls local; and away from it again
/reset          back to what the tables say; also /default
/status         what the session is doing, and why"""


def read(line: str) -> Command | None:
    """Return the command that a line is, ``None`` for one that is said to the agent.

    Channels write names with a capital, and add the bot's own (``/model@muster_bot``); both are taken.

    :raises UsageError: when more follows than the command takes.
    """
    if not line.startswith("/"):
        return None
    first, *said = line.split()
    word = NAMES.get(first.partition("@")[0].lower())
    if word is None:
        return None
    most = 1 if word is Word.MODEL else 0
    if len(said) > most:
        takes = "takes one model at most" if most else "takes no words"
        hint = f"write /{line} to say it to the agent"
        raise UsageError(f"cannot read {' '.join([first, *said])!r}: /{word} {takes}", hint=hint)
    return Command(word, said[0] if said else None)


def unescaped(line: str) -> str:
    """Return what is said to the agent: ``//status`` is its own ``/status``."""
    return line[1:] if line.startswith("//") else line
