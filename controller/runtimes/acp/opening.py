"""From a running agent to an open conversation on its model (facts/acp-mcp.md, 2)."""

import asyncio
import json
import time
from typing import Any, Final

from ... import __version__
from ...errors import MusterError
from ...model.channel import Channel
from ...model.identifiers import names_a_conversation
from ...model.wish import ModelWish
from ...wire.acp import opener
from ...wire.jsonrpc import Code
from ...wire.ndjson import Message
from ...wire.statement import FailureKind, SetBy
from .peer import Peer, RpcError
from .spec import Spec
from .talk import Talk

PROTOCOL: Final = 1
_MINUTE: Final = 60.0
_SHOWN: Final = 300
"""Characters of the data beside an error: enough for a reason, too few for a trace."""


class Failed(MusterError):
    """The conversation is not open."""

    def __init__(self, kind: FailureKind, why: str) -> None:
        """Keep the kind, which the controller decides by."""
        super().__init__(why)
        self.kind = kind


async def open_talk(talk: Talk, spec: Spec) -> None:
    """Bring the agent to its conversation and its model.

    :raises Failed: when that is not possible.
    :raises ConnectionError: when the agent ends meanwhile.
    """
    try:
        async with asyncio.timeout(spec.opening):
            talk.initialized = await _initialized(talk.peer)
            await _conversation(talk, spec)
            if spec.wish is not None:
                await _model(talk, spec.wish)
    except TimeoutError:
        raise Failed(FailureKind.TIMEOUT, f"the agent was not ready within {spec.opening:g} s") from None


async def _initialized(peer: Peer) -> Message:
    said = await _asked(
        peer,
        "initialize",
        {
            "protocolVersion": PROTOCOL,
            "clientCapabilities": {"fs": {"readTextFile": False, "writeTextFile": False}, "terminal": False},
            "clientInfo": {"name": "muster", "title": "Muster", "version": __version__},
        },
    )
    version = said.get("protocolVersion", PROTOCOL)
    if version != PROTOCOL:
        raise Failed(FailureKind.REFUSED, f"the agent speaks version {version} of the protocol, not {PROTOCOL}")
    return said


async def _conversation(talk: Talk, spec: Spec) -> None:
    params: Message = {"cwd": spec.cwd, "mcpServers": spec.mcp_servers}
    if not spec.resume:
        said = await _asked(talk.peer, "session/new", params)
        if not isinstance(said.get("sessionId"), str) or not names_a_conversation(said["sessionId"]):
            raise Failed(FailureKind.REFUSED, "the agent gave its new conversation no id")
        talk.open(said["sessionId"], said)
        return
    if spec.conversation is None:
        raise Failed(FailureKind.REFUSED, "no earlier conversation is known")
    way = opener(talk.initialized, spec.load)
    if way is None:
        raise Failed(FailureKind.REFUSED, "the agent opens no earlier conversation: it offers neither load nor resume")
    said = await _asked(talk.peer, f"session/{way}", params | {"sessionId": spec.conversation})
    if said.get("sessionId") not in (None, spec.conversation):
        raise Failed(FailureKind.REFUSED, f"the agent opened {said['sessionId']} in its stead")
    talk.open(spec.conversation, said)


async def _model(talk: Talk, wish: ModelWish) -> None:
    """Set the model, whatever the agent came back with; where it offers no way, its command line had to say it."""
    if talk.models.channel is Channel.NONE:
        return
    try:
        await talk.set_model(wish, SetBy.MUSTER)
    except RpcError as error:
        match error.code:
            case Code.NO_METHOD:  # it listed models and knows no method to set one
                return
            case Code.INVALID_PARAMS:
                raise Failed(FailureKind.NOT_OFFERED, error.message) from error
            case _:
                raise Failed(FailureKind.DID_NOT_TAKE, error.message) from error
    talk.says.say(model_by=SetBy.MUSTER)


async def _asked(peer: Peer, method: str, params: Message) -> Message:
    try:
        said: Any = await peer.request(method, params)
    except RpcError as error:
        kind = FailureKind.AUTH if error.code == Code.AUTH_REQUIRED else FailureKind.REFUSED
        raise Failed(kind, f"the agent refuses {method}: {_reason(error)}") from error
    return said if isinstance(said, dict) else {}


def _reason(error: RpcError) -> str:
    """Return the message, and the data beside it: of some agents the message is "Internal error"."""
    return error.message if error.data is None else f"{error.message}: {json.dumps(error.data)[:_SHOWN]}"


async def other_minute(born: float | None) -> None:
    """Wait until the wall clock shows another minute than that of a moment."""
    # No event tells it; looked at again, for a clock may be set meanwhile.
    while left := minute_left(born, time.time()):  # noqa: ASYNC110 - see above
        await asyncio.sleep(left)


def minute_left(born: float | None, now: float) -> float:
    """Return the seconds until the minute of a moment is over, 0 when it is not this one."""
    if born is None or born // _MINUTE != now // _MINUTE:
        return 0.0
    return _MINUTE - now % _MINUTE
