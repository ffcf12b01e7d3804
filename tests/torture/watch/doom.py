"""Kill a program at one of its own steps: `$TORTURE_DIE` is a word of its command line and the number of the step.

A step is whatever another process can see or will find: a file is made, written, renamed or taken away, a process is
started or signalled, a connection is made, a transaction begins or is written. The kill comes just before it, so that
the one before it is done and this one is not.
"""

import functools
import os
import signal
import sqlite3
import sys
import threading
from typing import Any

STEPS = frozenset(
    {
        *("os.rename", "os.remove", "os.link", "os.mkdir", "os.truncate", "os.chmod", "os.kill", "os.killpg"),
        *("os.fork", "os.posix_spawn", "os.exec", "subprocess.Popen", "socket.connect", "pidfd"),
    }
)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
NOT_OURS = (os.environ["TORTURE_SIGNALS"], os.environ["TORTURE_LEDGER"], "/dev/")
"""Where the campaign itself writes."""


class Doom:
    """Counts the steps of this process, and ends it at the one that it was told."""

    def __init__(self, last: int) -> None:
        self._left = last
        self._counting = threading.Lock()

    def step(self) -> None:
        with self._counting:
            self._left -= 1
            if self._left == 0:
                signal.raise_signal(signal.SIGKILL)

    def heard(self, event: str, words: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = words
            if isinstance(path, str) and isinstance(flags, int) and flags & WRITES and not path.startswith(NOT_OURS):
                self.step()
        elif event in STEPS:
            self.step()

    def connected(self, connect: Any) -> Any:
        """Return the same way into a database, on which transactions are heard."""

        @functools.wraps(connect)
        def watched(*words: Any, **more: Any) -> Any:
            connection = connect(*words, **more)
            connection.set_trace_callback(self.said)
            return connection

        return watched

    def said(self, statement: str) -> None:
        if statement.startswith(("BEGIN", "COMMIT")):
            self.step()


def begin() -> Doom | None:
    """Count, where this is the program that is meant."""
    word, _, number = os.environ.get("TORTURE_DIE", "").partition(":")
    if not word or word not in sys.orig_argv:
        return None
    doom = Doom(int(number))
    sys.addaudithook(doom.heard)
    sqlite3.connect = doom.connected(sqlite3.connect)
    return doom
