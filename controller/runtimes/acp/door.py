"""The way to a keeper: its socket, entered as a front end."""

import asyncio
import os
from pathlib import Path
from typing import Final

from ...errors import MusterError
from .credentials import uid_of
from .peer import OnNotify, OnRequest, Peer, no_method, nothing

_WITHIN: Final = 5.0
"""Seconds for the kernel to connect us; it takes no word of the keeper's."""


async def connect(socket: Path, *, on_request: OnRequest | None = None, on_notify: OnNotify | None = None) -> Peer:
    """Return the keeper at a socket, its ``run`` already a task.

    :raises MusterError: when nobody is there, or somebody else than us.
    """
    try:
        async with asyncio.timeout(_WITHIN):
            reader, writer = await asyncio.open_unix_connection(socket)
    except (OSError, TimeoutError) as error:
        raise MusterError(f"cannot reach {socket}: {_reason(error)}", hint="see `muster status`") from None
    if (owner := uid_of(writer.get_extra_info("socket"))) != os.getuid():
        writer.transport.abort()
        raise MusterError(f"cannot trust {socket}: it is held by user {owner}")
    peer = Peer(reader, writer, on_request=on_request or no_method, on_notify=on_notify or nothing)
    peer.start()
    return peer


def _reason(error: OSError | TimeoutError) -> str:
    match error:
        case FileNotFoundError() | ConnectionRefusedError():
            return "no keeper listens there"
        case TimeoutError():
            return f"it took no connection in {_WITHIN:g} s"
        case _:
            return error.strerror or str(error)
