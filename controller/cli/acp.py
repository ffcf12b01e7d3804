"""``muster acp``: a headless session for any program that speaks the Agent Client Protocol to a command, byte for byte.

Nothing heavy is imported: an editor waits for it.
"""

import argparse
import os
import socket
import threading
from typing import Final

from ..errors import MusterError
from ..runtimes.acp.credentials import uid_of
from . import places
from .console import Console

_STDIN: Final = 0
_STDOUT: Final = 1
_AT_ONCE: Final = 65536


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom."""
    parser.add_argument("name", metavar="NAME", help="the session")


def run(args: argparse.Namespace, console: Console) -> int:
    """Carry bytes both ways until either side ends."""
    settings = places.settings(args)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        try:
            door.connect(os.fspath(settings.keeper_socket(args.name)))
        except OSError as error:
            from . import talk_state

            raise talk_state.closed(settings, args.name) from error
        if (owner := uid_of(door)) != os.getuid():
            raise MusterError(f"cannot trust what listens for {args.name}: it belongs to user {owner}")
        left = threading.Event()
        threading.Thread(target=_inwards, args=(door, left), daemon=True).start()
        _outwards(door)
    if left.is_set():
        return 0
    raise MusterError(
        f"cannot go on with {args.name}: its process ended", hint=f"`muster status {args.name}` tells why"
    )


def _inwards(door: socket.socket, left: threading.Event) -> None:
    """Carry what the client says; at its end the keeper hears that nothing more comes, and may still answer."""
    try:
        while data := os.read(_STDIN, _AT_ONCE):
            door.sendall(data)
        left.set()
        door.shutdown(socket.SHUT_WR)
    except OSError:  # the keeper has gone: the other direction sees it too
        pass


def _outwards(door: socket.socket) -> None:
    while data := _heard(door):
        while data:
            data = data[os.write(_STDOUT, data) :]


def _heard(door: socket.socket) -> bytes:
    try:
        return door.recv(_AT_ONCE)
    except ConnectionError:
        return b""
