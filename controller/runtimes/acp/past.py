"""What the entries of a journal come to: the conversation, and the prompts that are owed to it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Past:
    """The fold over a journal; a new keeper goes on from here.

    :ivar last: number of the last entry.
    :ivar conversation: the one that the entries are of, and ``began`` when its id first came up, in wall-clock seconds.
    :ivar queued: entries of prompts that were taken and not delivered, the oldest first, by their id.
    :ivar running: the id of a prompt that was delivered and whose turn has not ended.
    :ivar prompted: whether this conversation was ever given a prompt.
    :ivar turns: how many of its turns have ended.
    """

    last: int = 0
    conversation: str | None = None
    began: float | None = None
    queued: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: str | None = None
    prompted: bool = False
    turns: int = 0

    def take(self, entry: dict[str, Any]) -> None:
        """Go on by one entry; a kind that says nothing here changes nothing."""
        self.last = entry["n"]
        match entry:
            case {"kind": "began", "conversation": str(conversation)}:
                # A prompt that waits is owed to the session, whatever conversation it has now.
                self.conversation, self.began = conversation, entry.get("at")
                self.running, self.prompted, self.turns = None, False, 0
            case {"kind": "prompt", "id": str(ident)}:
                self.queued[ident] = entry
            case {"kind": "delivered", "id": str(ident)}:
                self.queued.pop(ident, None)
                self.running, self.prompted = ident, True
            case {"kind": "turn_end", "id": str(ident)}:
                self._end(ident)
            case {"kind": "past"}:
                self._restore(entry)

    def _end(self, ident: str) -> None:
        if ident == self.running:
            self.running = None
            self.turns += 1
        self.queued.pop(ident, None)

    def to_json(self) -> dict[str, Any]:
        """Return what an entry of kind ``past`` says, for the beginning of a new file."""
        return {
            "conversation": self.conversation,
            "began": self.began,
            "queued": list(self.queued.values()),
            "running": self.running,
            "prompted": self.prompted,
            "turns": self.turns,
        }

    def _restore(self, entry: dict[str, Any]) -> None:
        self.conversation, self.began = entry.get("conversation"), entry.get("began")
        self.queued = {prompt["id"]: prompt for prompt in entry.get("queued") or ()}
        self.running, self.prompted = entry.get("running"), bool(entry.get("prompted"))
        self.turns = int(entry.get("turns") or 0)
