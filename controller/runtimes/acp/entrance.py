"""The keeper's socket: private, and only for processes of the same user."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

from .credentials import make_private, uid_of
from .says import complain

OnConnect = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


async def listen(path: Path, on_connect: OnConnect) -> asyncio.AbstractServer:
    """Open the socket; who comes as another user is turned away.

    :raises MusterError: when its directory is within another user's reach.
    """
    make_private(path.parent)
    ours = _bound(path)

    def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (user := uid_of(writer.get_extra_info("socket"))) != os.getuid():
            complain(f"turned away user {user}")
            writer.transport.abort()
        else:
            on_connect(reader, writer)

    return await asyncio.start_unix_server(came, sock=ours)


def _bound(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # a dead keeper's: the run lock says that there is no other
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        ours.bind(os.fspath(path))
    finally:
        os.umask(mask)
    return ours
