"""Who is at the other end of a Unix socket, and directories that are nobody else's."""

import os
import socket
import stat
import struct
import sys
from pathlib import Path
from typing import Final

from ...errors import MusterError
from ..trust import replaceable

_LOCAL_PEERCRED: Final = 1
"""Of macOS, on level 0 (SOL_LOCAL); Python does not name it. It gives a ``struct xucred``: version, uid, groups."""


def uid_of(connection: socket.socket) -> int:
    """Return the user at the other end, as the kernel noted it when the connection was made."""
    if sys.platform == "linux":
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", raw)[1])
    raw = connection.getsockopt(0, _LOCAL_PEERCRED, 76)
    return int(struct.unpack_from("=II", raw)[1])


def make_private(directory: Path) -> None:
    """Make a directory that only we may enter, those above it too where they are missing.

    :raises MusterError: when it is a link, somebody else's, or within another user's reach.
    """
    for missing in reversed([part for part in (directory, *directory.parents) if not part.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    own = directory.lstat()
    if not stat.S_ISDIR(own.st_mode) or own.st_uid != os.getuid():
        raise MusterError(f"cannot use {directory}: it is not a directory of our own", hint="set MUSTER_STATE_DIR")
    if why := replaceable(directory.parent):
        raise MusterError(f"cannot use {directory}: other users can replace it: {why}", hint="set MUSTER_STATE_DIR")
    if own.st_mode & 0o077:
        directory.chmod(0o700)
