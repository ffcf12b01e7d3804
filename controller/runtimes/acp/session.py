"""The session in the middle: what the agent says goes to the journal, the statement and the front ends."""

from typing import Any

from ...wire.acp import used_model
from ...wire.jsonrpc import Answer, Code, Failure
from ...wire.ndjson import Message
from ...wire.statement import Activity, State
from .asks import Ask, Asks
from .fronts import FrontEnds
from .journal import Entry, Journal
from .peer import Peer, RpcError
from .says import Says
from .spec import Spec
from .talk import Talk
from .turns import FROM_FILE, Prompt, Turns


class Session:
    """Everything that is known of the session, and who is told of it."""

    def __init__(self, spec: Spec) -> None:
        """Take up the journal, and say that the conversation is being opened.

        :raises OSError: when the journal cannot be read or written.
        :raises MusterError: when its directory is not private.
        """
        self.spec = spec
        self.fronts = FrontEnds()
        self.journal = Journal(spec.journal, self.fronts.tell)
        self.says = Says(spec.statement, spec.name, spec.nonce)
        self.asks = Asks(self.journal, spec.policy, spec.patience, self._show, self._changed)
        self.turns = Turns(self.journal, self._changed, self._begun, self._turn_over)
        self.talk: Talk | None = None
        past = self.journal.past
        self.known = spec.resume and past.conversation == spec.conversation
        """The journal has this conversation: what the agent tells again while it opens it is not written again."""
        self._early: list[Message] = []
        if past.running is not None:
            self.journal.note("turn_end", id=past.running, error="interrupted")

    def speak(self, peer: Peer) -> Talk:
        """Begin to speak with the agent; the conversation is still to be opened."""
        self.talk = Talk(peer, self.says, self._tell)
        return self.talk

    def begin(self) -> None:
        """Write down that the conversation is open, and take up the prompts that are owed to it.

        :raises OSError: when that cannot be kept.
        """
        said: list[tuple[str, Entry]] = []
        past, spec = self.journal.past, self.spec
        if self.talk is not None and past.conversation != self.talk.conversation:
            said.append(("began", {"conversation": self.talk.conversation}))
            said += [("update", {"update": update}) for update in self._early]
        said += [("status", dict(notice)) for notice in spec.notices]
        # After a crash it is owed already, when the conversation had no turn and is begun again.
        if spec.prompt and not spec.resume and all(entry.get("by") != FROM_FILE for entry in past.queued.values()):
            ident = f"prompt-{self.journal.last + len(said) + 1}"
            said.append(("prompt", {"id": ident, "text": spec.prompt, "by": FROM_FILE, "state": "queued"}))
        self.journal.write_all(said)
        self._early.clear()
        self.turns.owe(list(past.queued.values()))

    def cancel_turn(self) -> None:
        """Ask the agent to end its turn; what it asks meanwhile gets no answer, as the protocol has it."""
        if self.talk is not None:
            self.talk.peer.notify("session/cancel", {"sessionId": self.talk.conversation})
            self.asks.cancel("cancel")

    async def answer(self, method: str, params: Message) -> Any:
        """Answer the agent: questions of permission are all that it may ask.

        :raises RpcError: for anything else.
        """
        if method != "session/request_permission":
            raise RpcError(Code.NO_METHOD, f"method not found: {method}")
        return await self.asks.ask(params)

    def hear(self, method: str, params: Message) -> None:
        """Take what the agent says without being asked; updates are all that means something to us."""
        update, talk = params.get("update"), self.talk
        if method != "session/update" or not isinstance(update, dict) or talk is None:
            return
        if talk.conversation and params.get("sessionId") not in (talk.conversation, None):
            return  # of another conversation in the same process: nobody here has asked for it
        talk.note(update)
        if self.says.now.state is State.OPENING:
            if not self.known:
                self._early.append(update)
            return
        self.journal.note("update", update=update)
        # The agent's echo of a prompt: everybody has heard it from us.
        if self.turns.running is None or update.get("sessionUpdate") != "user_message_chunk":
            self._tell(update)

    def _tell(self, update: Message) -> None:
        if self.talk is not None:
            self.fronts.update(self.talk.conversation, update)

    def _show(self, ask: Ask) -> None:
        if self.talk is not None:
            for front in self.fronts.attending:
                front.show(ask, self.asks, self.talk.conversation)

    def _begun(self, prompt: Prompt) -> None:
        if self.talk is not None:
            self.fronts.echo(self.talk.conversation, prompt.blocks, but=prompt.owner)

    def _turn_over(self, end: Answer | Failure | None) -> None:
        self.asks.cancel("turn-end")
        now = self.says.clock()
        if isinstance(end, Failure):
            self.says.say(failed=end.message, failed_at=now)
            return
        used = used_model(end.result) if end else None
        self.says.say(failed=None, failed_at=None, **({"used": used, "used_at": now} if used else {}))

    def _changed(self) -> None:
        """Say what there is of turns, questions and wishes now."""
        turns, past = self.turns, self.journal.past
        wish = turns.wished.wish if turns.wished else None
        self.says.say(
            activity=Activity.WAITING if self.asks.open else Activity.BUSY if turns.pending else Activity.IDLE,
            queued=len(turns.queue),
            turns=past.turns,
            prompted=past.prompted,
            asks=len(self.asks.open),
            wish=wish and wish.value,
            wish_name=wish and wish.name,
            wish_failed=turns.wish_failed,
        )
