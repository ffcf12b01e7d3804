"""Does anybody have this file open for writing? Where the system has read leases, it can be asked."""

import errno
import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Writer(StrEnum):
    """Whether a file is open for writing. UNKNOWN: no leases here (macOS, NFS), or the file is not ours."""

    NONE = "none"
    HELD = "held"
    UNKNOWN = "unknown"


@contextmanager
def reading(fd: int) -> Iterator[Writer]:
    """Hold a read lease while the body reads: a writer that opens the file in that time waits for us."""
    writer = _take(fd)
    try:
        yield writer
    finally:
        if writer is Writer.NONE:
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def _take(fd: int) -> Writer:
    if not hasattr(fcntl, "F_SETLEASE"):
        return Writer.UNKNOWN
    try:
        # A lease is broken by a signal, SIGIO if nothing is said, which would end the controller. SIGURG is ignored.
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return Writer.HELD if error.errno in {errno.EAGAIN, errno.EBUSY} else Writer.UNKNOWN
    return Writer.NONE
