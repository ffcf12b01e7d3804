"""The prompts of a session: a queue, delivered one at a time, each on the model that was wished for by then."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ...wire.acp import blocks_of
from ...wire.jsonrpc import Answer, Code, Failure
from ...wire.ndjson import Message
from ...wire.statement import SetBy
from .journal import Journal
from .peer import RpcError
from .says import complain
from .switch import Wished, switched
from .talk import Talk

FROM_FILE: Final = "file"
"""Who said the prompt that a session's file holds."""
_FULL_DISK: Final = 5.0
"""Seconds between two tries to write down that a prompt is delivered."""


@dataclass(slots=True, kw_only=True, eq=False)
class Prompt:
    """A prompt that was taken: it is in the journal.

    :ivar owner: the front end that waits for its end.
    :ivar end: the agent's answer, with the model that was set when it was delivered.
    """

    id: str
    blocks: list[Any]
    by: str
    owner: object = None
    model: str | None = None
    end: "asyncio.Future[Message]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Turns:
    """Delivers prompts; who changes something between turns holds ``quiet``."""

    def __init__(
        self,
        journal: Journal,
        changed: Callable[[], None],
        begun: Callable[[Prompt], None],
        ended: Callable[[Answer | Failure | None], None],
    ) -> None:
        """Have no prompts.

        :param changed: told when the queue, the turn or the wish is another.
        :param begun: told when a prompt is delivered; ``ended`` when its turn is over, with the agent's answer.
        """
        self.quiet = asyncio.Lock()
        self.queue: deque[Prompt] = deque()
        self.running: Prompt | None = None
        self.wished: Wished | None = None
        self.wish_failed: str | None = None
        self._journal = journal
        self._changed = changed
        self._begun = begun
        self._turn_over = ended
        self._more = asyncio.Event()

    @property
    def pending(self) -> bool:
        """Whether a turn runs, or one will without anybody's doing."""
        return self.running is not None or bool(self.queue and self.wish_failed is None)

    def take(self, blocks: list[Any], by: str, owner: object) -> Prompt:
        """Take a prompt: from now on it is owed.

        :raises OSError: when it cannot be kept; it was not taken.
        """
        ident = f"prompt-{self._journal.last + 1}"
        self._journal.write("prompt", id=ident, **content(blocks), by=by, state="queued")
        prompt = Prompt(id=ident, blocks=blocks, by=by, owner=owner)
        self.queue.append(prompt)
        self._stir()
        return prompt

    def owe(self, entries: Iterable[Message]) -> None:
        """Take up prompts that are in the journal already."""
        for entry in entries:
            blocks = entry["blocks"] if "blocks" in entry else blocks_of(str(entry.get("text") or ""))
            self.queue.append(Prompt(id=entry["id"], blocks=blocks, by=str(entry.get("by") or "")))
        self._stir()

    def wish(self, wished: Wished | None) -> None:
        """Set what is to be set before the next prompt is delivered; the last wish counts."""
        self.wished, self.wish_failed = wished, None
        self._stir()

    def drop(self, owner: object) -> bool:
        """Drop the prompts of a front end that were not delivered; false when there were none."""
        dropped = [prompt for prompt in self.queue if prompt.owner is owner]
        for prompt in dropped:
            self.queue.remove(prompt)
            self._journal.note("turn_end", id=prompt.id, stop_reason="cancelled", model=None)
            _settle(prompt, {"stopReason": "cancelled"})
        self._changed()
        return bool(dropped)

    def leave(self) -> None:
        """Tell those whose prompts wait that they wait for the next keeper."""
        for prompt in self.queue:
            why = "the session ends; the prompt is kept, and delivered when it is started again"
            _settle(prompt, RpcError(Code.NOT_READY, why, {"queued": prompt.id}))

    async def deliver(self, talk: Talk) -> None:
        """Deliver prompts as they come; ends with the agent."""
        while True:
            self._more.clear()
            while self.queue and self.wish_failed is None:
                async with self.quiet:
                    await self._next(talk)
            await self._more.wait()

    async def _next(self, talk: Talk) -> None:
        """Take one turn, on the model that is wished for; where that fails, the prompt waits."""
        if not await self._fulfilled(talk) or not self.queue:
            return
        if talk.peer.over:
            raise ConnectionResetError("the agent has gone")
        prompt, over = self.queue[0], asyncio.Event()
        prompt.model = talk.models.current
        try:
            self._journal.write("delivered", id=prompt.id, model=prompt.model)
        except OSError as error:  # undelivered it is safe: after a crash nobody would know that it was delivered
            complain(f"cannot deliver a prompt: {error}")
            await asyncio.sleep(_FULL_DISK)
            return
        self.running = self.queue.popleft()
        self._begun(prompt)
        self._changed()
        asked = {"sessionId": talk.conversation, "prompt": prompt.blocks}
        talk.peer.post("session/prompt", asked, lambda end: self._ended(prompt, end, over))
        await over.wait()

    async def _fulfilled(self, talk: Talk) -> bool:
        """Set what is wished for; while that is under way another wish may come, and counts."""
        while (wished := self.wished) is not None:
            try:
                await switched(talk, self._journal, wished, SetBy.WISH)
            except RpcError as error:
                if self.wished is wished:
                    self.wish_failed = error.message
                    self._changed()
                    return False
            else:
                if self.wished is wished:
                    self.wished = None
                    self._changed()
        return True

    def _ended(self, prompt: Prompt, end: Answer | Failure | None, over: asyncio.Event) -> None:
        """Note the end of a turn, at its place among what the agent says."""
        words: Message = {"id": prompt.id, "model": prompt.model}
        self.running = None
        match end:
            case Answer(result=result):
                said = result if isinstance(result, dict) else {}
                usage = {"usage": said["usage"]} if said.get("usage") is not None else {}
                self._journal.note("turn_end", **words, stop_reason=str(said.get("stopReason") or "end_turn"), **usage)
                _settle(prompt, {"stopReason": "end_turn"} | said)
            case Failure():
                self._journal.note("turn_end", **words, error=end.message)
                _settle(prompt, RpcError(end.code, end.message, end.data))
            case None:
                self._journal.note("turn_end", **words, error="the agent ended")
                _settle(prompt, RpcError(Code.INTERNAL, "the agent ended in this turn"))
        self._turn_over(end)
        over.set()
        self._changed()

    def _stir(self) -> None:
        self._changed()
        self._more.set()


def content(blocks: list[Any]) -> Message:
    """Return a prompt for the journal: plain text as such."""
    match blocks:
        case [{"type": "text", "text": str(text), **rest}] if not rest:
            return {"text": text}
    return {"blocks": blocks}


def _settle(prompt: Prompt, end: Message | RpcError) -> None:
    """Tell who waits; where nobody does, an error is nobody's."""
    if prompt.end.done():
        return
    if isinstance(end, RpcError):
        prompt.end.set_exception(end)
        prompt.end.exception()
    else:
        said = end.get("_meta")
        meta = said if isinstance(said, dict) else {}
        prompt.end.set_result(end | {"_meta": meta | {"muster": {"model": prompt.model}}})
