"""The agent's open questions of permission, as one front end knows them: from the journal, and asked of itself."""

from typing import Any

from ..views.conversation import Entry, options
from .talk import Question


class Questions:
    """They are answered by number, the oldest first."""

    def __init__(self) -> None:
        """Have none."""
        self._entries: dict[str, Entry] = {}
        self._asked: dict[str, Question] = {}
        self._count = 0

    def take(self, entry: Entry) -> None:
        """Take in what the journal says: an answer, by whomever, closes a question, and a turn's end closes all."""
        match entry.get("kind"):
            case "permission":
                self._entries[str(entry.get("id"))] = entry
            case "permission_answer":
                self._entries.pop(str(entry.get("id")), None)
            case "turn_end":
                self.forget()

    def ask(self, question: Question) -> Entry | None:
        """Take in a question; return it as an entry to be told, if the journal has not told it."""
        asked = {"tool": question.params.get("toolCall"), "options": question.params.get("options")}
        for ident, entry in self._entries.items():
            if ident not in self._asked and asked.items() <= entry.items():
                self._asked[ident] = question
                return None
        self._count += 1
        ident = f"asked {self._count}"
        self._entries[ident] = entry = {"kind": "permission", "id": ident, **asked}
        self._asked[ident] = question
        return entry

    def forget(self) -> None:
        """Close all of them."""
        self._entries.clear()
        self._asked.clear()

    def oldest(self) -> Entry | None:
        """Return the one that a number would answer."""
        return next((self._entries[ident] for ident in self._entries if self._open(ident)), None)

    def answer(self, number: int) -> bool:
        """Answer the oldest; false when it has no such answer."""
        entry = self.oldest()
        offered = options(entry) if entry else []
        if not entry or not 1 <= number <= len(offered):
            return False
        outcome: dict[str, Any] = {"outcome": "selected", "optionId": offered[number - 1][0]}
        self._asked[str(entry["id"])].answer.set_result(outcome)
        return True

    def _open(self, ident: str) -> bool:
        return ident in self._asked and not self._asked[ident].answer.done()
