"""How a keeper comes to its end, and the polite part of it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from ...wire.acp import can
from .opening import Failed
from .peer import RpcError
from .session import Session


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wants the session to stop."""


@dataclass(frozen=True, slots=True)
class Died:
    """The agent has ended by itself, or says nothing more."""


Ending = Asked | Died | Failed


async def say_goodbye(session: Session, grace: float) -> None:
    """Cancel the turn that runs and close the conversation, as far as the agent does so within ``grace`` seconds."""
    if (talk := session.talk) is None:
        return
    with suppress(TimeoutError, ConnectionError, RpcError):
        async with asyncio.timeout(grace):
            if session.turns.running is not None:
                session.cancel_turn()
                await asyncio.wait([session.turns.running.end])
            if talk.conversation and can(talk.initialized, "close"):
                await talk.peer.request("session/close", {"sessionId": talk.conversation})
