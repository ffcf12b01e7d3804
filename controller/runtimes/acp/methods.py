"""What a front end may ask: the protocol's own methods, answered for the one session there is, and ours."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from ... import __version__
from ...wire.acp import blocks_of
from ...wire.jsonrpc import Code
from ...wire.ndjson import Message
from ...wire.statement import SetBy, State
from .fronts import FrontEnd, entry_line, update_line
from .peer import RpcError
from .replay import Retelling, replay
from .session import Session
from .spec import wish_in
from .switch import Wished, switched
from .talk import Talk

KEEPER: Final = 1
"""The version of what is ours on the socket; an old keeper is asked for nothing that it does not know."""
_SETTERS: Final = frozenset({"session/set_config_option", "session/set_model", "session/set_mode"})


class Desk:
    """Answers front ends."""

    def __init__(self, session: Session) -> None:
        """Speak for a session."""
        self._session = session
        self._says = session.says
        self._work: set[asyncio.Task[Any]] = set()

    async def answer(self, front: FrontEnd, method: str, params: Message) -> Any:
        """Return the answer to a request.

        :raises RpcError: the error to answer with.
        """
        if method == "_muster/status":
            return self._says.now.to_json()
        await self._opened()
        if method in _SETTERS:
            return await self._forward(params, method)
        if (answer := _METHODS.get(method)) is None:
            raise RpcError(Code.NO_METHOD, f"method not found: {method}")
        return await answer(self, front, params)

    async def _opened(self) -> None:
        await self._says.opened.wait()
        now = self._says.now
        if now.state is not State.READY:
            why = now.why or "the session is closing"
            raise RpcError(Code.NOT_READY, why, {"kind": now.kind, "why": why})

    @property
    def _talk(self) -> Talk:
        """The open conversation: nothing is answered before it is."""
        assert self._session.talk is not None  # noqa: S101 - ready, there is one
        return self._session.talk

    async def initialize(self, front: FrontEnd, params: Message) -> Message:
        """Say what the agent can, and what we can in its stead."""
        info = params.get("clientInfo")
        if isinstance(info, dict) and isinstance(info.get("name"), str):
            front.name = info["name"]
        talk = self._talk
        offered = talk.initialized.get("agentCapabilities")
        capabilities = (offered if isinstance(offered, dict) else {}) | {
            "loadSession": True,
            "sessionCapabilities": {"list": {}, "resume": {}, "close": {}},
        }
        ours = {
            "version": __version__,
            "keeper": KEEPER,
            "session": self._session.spec.name,
            "conversation": talk.conversation,
        }
        return talk.initialized | {
            "protocolVersion": 1,
            "agentCapabilities": capabilities,
            "authMethods": [],
            "_meta": {"muster": ours},
        }

    async def new(self, front: FrontEnd, params: Message) -> Message:
        """Open the session; there is one, and never a second."""
        self._join(front)
        talk = self._talk
        return {"sessionId": talk.conversation, **talk.opened}

    async def resume(self, front: FrontEnd, params: Message) -> Message:
        """Open the session by its id."""
        self._check(params)
        self._join(front)
        return self._talk.opened

    async def load(self, front: FrontEnd, params: Message) -> Message:
        """Open the session by its id, and tell it again first."""
        self._check(params)
        retelling = Retelling(self._talk.conversation, front.peer.write)
        await replay(self._session.spec.journal, self._session.journal, 0, front, retelling.tell)
        self._join(front)
        return self._talk.opened

    async def list(self, front: FrontEnd, params: Message) -> Message:
        """List the one session."""
        session = {
            "sessionId": self._talk.conversation,
            "cwd": self._session.spec.cwd,
            "title": self._session.spec.name,
        }
        return {"sessions": [session] if params.get("cwd") in (None, self._session.spec.cwd) else []}

    async def close(self, front: FrontEnd, params: Message) -> Message:
        """Let this front end leave; the session stays."""
        self._check(params)
        front.joined = front.following = False
        self._says.say(front_ends=len(self._session.fronts.attending))
        return {}

    async def prompt(self, front: FrontEnd, params: Message) -> Message:
        """Take a prompt, and answer when its turn is over."""
        self._check(params)
        blocks = params.get("prompt")
        if not isinstance(blocks, list) or not blocks:
            raise RpcError(Code.INVALID_PARAMS, "a prompt is a list of content blocks")
        # Its end is also another's to wait for: it goes on when this front end leaves.
        return await asyncio.shield(self._session.turns.take(blocks, front.name, front).end)

    async def tell(self, front: FrontEnd, params: Message) -> Message:
        """Take a prompt from one who does not wait for its turn, and return its number in the journal."""
        text = params.get("text")
        if not isinstance(text, str) or not text:
            raise RpcError(Code.INVALID_PARAMS, "a prompt has a text")
        return {"id": self._session.turns.take(blocks_of(text), str(params.get("by") or front.name), None).id}

    def hear(self, front: FrontEnd, method: str, params: Message) -> None:
        """Take a notification; there is one that means something to us."""
        if method == "session/cancel" and self._says.now.state is State.READY:
            self._cancel(front)

    def _cancel(self, front: FrontEnd) -> None:
        """Drop this front end's prompts that wait; where there are none, cancel the running turn."""
        if not self._session.turns.drop(front) and self._session.turns.running is not None:
            self._session.cancel_turn()

    async def ready(self, front: FrontEnd, params: Message) -> Message:
        """Return the statement, once the session is open."""
        return self._says.now.to_json()

    async def set_model(self, front: FrontEnd, params: Message) -> Message:
        """Set the model now, in no turn's middle: one may be cancelled for it. An earlier wish has no say any more."""
        began = time.monotonic()
        wished = _wished(params)
        if self._session.turns.pending:
            if params.get("interrupt") is not True:
                raise RpcError(Code.BUSY, "a turn runs, or prompts wait for theirs")
            self._session.cancel_turn()
        talk = self._talk
        await self._through(self._switch(wished))
        return {
            "model": talk.models.current,
            "channel": talk.models.channel,
            "seconds": round(time.monotonic() - began, 4),
        }

    async def _switch(self, wished: Wished) -> None:
        async with self._session.turns.quiet:
            await switched(self._talk, self._session.journal, wished, SetBy.MUSTER)
        self._session.turns.wish(None)

    async def wish(self, front: FrontEnd, params: Message) -> Message:
        """Set the model when the next prompt arrives; nothing, to let go of an earlier wish."""
        self._session.turns.wish(None if params.get("value") is None else _wished(params))
        return {}

    async def replay(self, front: FrontEnd, params: Message) -> Message:
        """Tell entries of the journal, and go on with it if that is wanted."""
        since = params.get("since")
        front.following = False
        last = await replay(
            self._session.spec.journal,
            self._session.journal,
            since if isinstance(since, int) else 0,
            front,
            lambda _, line: front.peer.write(entry_line(line)),
        )
        front.following = params.get("follow") is True
        self._attended(front)
        return {"last": last}

    async def note(self, front: FrontEnd, params: Message) -> Message:
        """Write a line into the conversation that is nobody's turn."""
        words = {key: params.get(key) for key in ("status_type", "text", "from_model", "to_model")}
        if not isinstance(words["text"], str):
            raise RpcError(Code.INVALID_PARAMS, "a note has a text")
        self._session.journal.write("status", **words)
        return {}

    async def _forward(self, params: Message, method: str) -> Any:
        """Let a front end set something between turns."""
        self._check(params)

        async def told() -> Any:
            async with self._session.turns.quiet:
                return await self._talk.forward(method, params)

        return await self._through(told())

    async def _through(self, work: Coroutine[Any, Any, Any]) -> Any:
        """See something through, also when who asked for it leaves meanwhile: the agent goes by it all the same."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._seen_through)
        return await asyncio.shield(task)

    def _seen_through(self, task: "asyncio.Task[Any]") -> None:
        self._work.discard(task)
        if not task.cancelled():
            task.exception()  # told to who asked, if there is still anybody

    def _check(self, params: Message) -> None:
        if params.get("sessionId") != self._talk.conversation:
            raise RpcError(Code.NOT_FOUND, f"no such session: {params.get('sessionId')}")

    def _join(self, front: FrontEnd) -> None:
        front.joined = True
        self._attended(front)

    def _attended(self, front: FrontEnd) -> None:
        """Bring one who has come up to date, after the answer that lets it in."""
        self._says.say(front_ends=len(self._session.fronts.attending))
        talk, soon = self._talk, asyncio.get_running_loop().call_soon
        if front.joined and talk.commands is not None:
            soon(front.write, update_line(talk.conversation, talk.commands))
        if front.attends:
            for ask in self._session.asks.open.values():
                soon(front.show, ask, self._session.asks, talk.conversation)


def _wished(params: Message) -> Wished:
    try:
        wish = wish_in(params, unlisted=params.get("unlisted") is True)
    except ValueError as error:
        raise RpcError(Code.INVALID_PARAMS, str(error)) from None
    before = params.get("from_name")
    return Wished(wish, before if isinstance(before, str) else None)


_METHODS: Final[dict[str, Callable[[Desk, FrontEnd, Message], Awaitable[Any]]]] = {
    "initialize": Desk.initialize,
    "session/new": Desk.new,
    "session/load": Desk.load,
    "session/resume": Desk.resume,
    "session/list": Desk.list,
    "session/close": Desk.close,
    "session/prompt": Desk.prompt,
    "_muster/prompt": Desk.tell,
    "_muster/ready": Desk.ready,
    "_muster/set_model": Desk.set_model,
    "_muster/wish": Desk.wish,
    "_muster/replay": Desk.replay,
    "_muster/note": Desk.note,
}
