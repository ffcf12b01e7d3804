"""What the keeper says of its session: kept up to date in a file, and for whoever asks on the socket."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ... import __version__
from ...wire.ndjson import line_of
from ...wire.statement import State, Statement
from ..launch import replace as replace_file
from ..proc import stat_of


class Says:
    """Holds the statement; every change is in the file before ``say`` returns."""

    def __init__(self, path: Path, name: str, nonce: str, now: Callable[[], float] = time.time) -> None:
        """Say that the conversation is being opened."""
        own = stat_of(os.getpid())
        self._path = path
        self.clock = now
        self.opened = asyncio.Event()
        """Set when the opening is over, well or badly."""
        self.now = Statement(
            version=__version__, name=name, nonce=nonce, pid=os.getpid(), ticks=own.ticks if own else 0, since=now()
        )
        self._write()

    def say(self, **changes: Any) -> None:
        """Change words of the statement."""
        new = replace(self.now, **changes)
        if new.activity is not self.now.activity:
            new = replace(new, since=self.clock())
        if new != self.now:
            self.now = new
            self._write()
        if new.state is not State.OPENING:
            self.opened.set()

    def _write(self) -> None:
        try:
            replace_file(os.fspath(self._path), line_of(self.now.to_json()).decode())
        except OSError as error:  # the socket still tells it, and the session goes on
            complain(f"cannot write {self._path}: {error.strerror}")


def complain(text: str) -> None:
    """Tell people something, in the session's log."""
    sys.stderr.write(f"muster: {text}\n")
