"""The agent's questions of permission: answered by the session's policy, or by the first front end that does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from ...wire.acp import CANCELLED, Ruling, outcome_in, ruled
from ...wire.ndjson import Message
from .journal import Journal


class Policy(StrEnum):
    """What happens to a question."""

    ASK = "ask"
    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that is open."""

    id: str
    params: Message
    outcome: "asyncio.Future[dict[str, Any]]"


class Asks:
    """The open questions."""

    def __init__(
        self, journal: Journal, policy: str, patience: float, show: Callable[[Ask], None], changed: Callable[[], None]
    ) -> None:
        """Have none.

        :param show: brings a question to every front end that is there.
        :param changed: told when there are more or fewer.
        """
        self.open: dict[str, Ask] = {}
        self._journal = journal
        self._policy = Policy(policy)
        self._patience = patience
        self._show = show
        self._changed = changed
        self._count = 0

    async def ask(self, params: Message) -> dict[str, Any]:
        """Return the answer to a question of the agent's, however it comes about."""
        options = params.get("options")
        self._count += 1
        ident = f"ask-{self._journal.last + 1}.{self._count}"
        self._journal.note("permission", id=ident, tool=params.get("toolCall"), options=options)
        match self._policy:
            case Policy.ALLOW:
                outcome = self._answered(ident, ruled(options, Ruling.ALLOW), "policy")
            case Policy.DENY:
                outcome = self._answered(ident, ruled(options, Ruling.DENY), "policy")
            case Policy.ASK:
                outcome = await self._asked(Ask(ident, params, asyncio.get_running_loop().create_future()))
            case _:
                assert_never(self._policy)
        return {"outcome": outcome}

    async def _asked(self, ask: Ask) -> dict[str, Any]:
        timer = asyncio.get_running_loop().call_later(self._patience, self.answer, ask, dict(CANCELLED), "timeout")
        self.open[ask.id] = ask
        self._changed()
        try:
            self._show(ask)
            return await ask.outcome
        finally:
            timer.cancel()
            self.open.pop(ask.id, None)
            self._changed()

    def answer(self, ask: Ask, outcome: dict[str, Any], by: str) -> None:
        """Answer a question; the first answer counts, and one is enough."""
        if not ask.outcome.done():
            ask.outcome.set_result(self._answered(ask.id, outcome, by))

    def answer_with(self, ask: Ask, said: Any, by: str) -> None:
        """Answer a question with what a front end said, if that is an answer to it."""
        outcome = outcome_in(said, ask.params.get("options"))
        if outcome is not None:
            self.answer(ask, outcome, by)

    def cancel(self, by: str) -> None:
        """Answer all of them with no answer: the turn is over, or is to be."""
        for ask in list(self.open.values()):
            self.answer(ask, dict(CANCELLED), by)

    def _answered(self, ident: str, outcome: dict[str, Any], by: str) -> dict[str, Any]:
        self._journal.note("permission_answer", id=ident, outcome=outcome, by=by)
        return outcome
