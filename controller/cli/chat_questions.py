"""The agent's open questions of permission, as one front end knows them: from the journal, and asked of itself."""

from typing import Any

from ..views.conversation import Entry, options
from .talk import Question


class Questions:
    """They are answered by number, the oldest first."""

    def __init__(self) -> None:
        """Have none."""
        self._open: dict[str, Entry] = {}
        self._asked: dict[str, Question] = {}
        self._given: dict[str, dict[str, Any]] = {}
        """Our answers: a person may see a question in the journal, and be faster than it is asked of us."""
        self._turn: object = None
        self._count = 0

    def take(self, entry: Entry) -> None:
        """Take in what the journal says: an answer, by whomever, closes a question, and a turn's end closes all."""
        ident = str(entry.get("id"))
        match entry.get("kind"):
            case "delivered":
                self._turn = ident
            case "permission":
                self._open[ident] = entry
            case "permission_answer":
                self._open.pop(ident, None)
            case "turn_end" if self._turn in {None, ident}:  # else it is of a prompt that waited and was dropped
                self.forget()

    def ask(self, question: Question) -> Entry | None:
        """Take in a question; return it as an entry to be told, if the journal has not told it."""
        asked = {"tool": question.params.get("toolCall"), "options": question.params.get("options")}
        for ident, entry in self._open.items():
            if ident not in self._asked and asked.items() <= entry.items():
                self._ask(ident, question)
                return None
        self._count += 1
        entry = {"kind": "permission", "id": f"asked {self._count}", **asked}
        self.take(entry)
        self._ask(entry["id"], question)
        return entry

    def forget(self) -> None:
        """Close all of them."""
        self._open.clear()
        self._asked.clear()
        self._given.clear()
        self._turn = None

    def oldest(self) -> Entry | None:
        """Return the one that a number would answer."""
        return next((entry for ident, entry in self._open.items() if ident not in self._given), None)

    def answer(self, number: int) -> bool:
        """Answer the oldest; false when it has no such answer."""
        entry = self.oldest()
        offered = options(entry) if entry else []
        if not entry or not 1 <= number <= len(offered):
            return False
        ident = str(entry["id"])
        self._given[ident] = {"outcome": "selected", "optionId": offered[number - 1][0]}
        if ident in self._asked:
            self._ask(ident, self._asked[ident])
        return True

    def _ask(self, ident: str, question: Question) -> None:
        self._asked[ident] = question
        if ident in self._given and not question.answer.done():
            question.answer.set_result(self._given[ident])
