"""Who asks for a change: a person, or an AI in one of the sessions."""

from dataclasses import dataclass
from typing import Final

from .session import Origin


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    Made only by whoever has proof: ``doors.who`` from the process that runs a command, the MCP server from its token.
    What a request says of itself is never one.

    :ivar origin: a person, or an AI.
    :ivar session: the session in which the AI works; ``None`` for a person.
    """

    origin: Origin
    session: str | None

    @property
    def is_ai(self) -> bool:
        """Tell whether the limits of AIs hold for it."""
        return self.origin is Origin.AI

    def __str__(self) -> str:
        return f"an AI in the session {self.session}" if self.is_ai else "a person"


HUMAN: Final = Asker(Origin.HUMAN, None)
