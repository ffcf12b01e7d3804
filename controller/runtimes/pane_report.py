"""What the launcher in a pane says of its launch, over a FIFO whose end is the exec or the exit."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any, Final, Self

_CHUNK: Final = 1 << 16
_PAUSE: Final = 0.01
"""Seconds between looks where a system calls a FIFO readable before its writer has come."""


class PaneReport:
    """One launch's FIFO, from before the pane is opened until it has spoken."""

    def __init__(self, path: Path) -> None:
        """Keep the path; it is made on entering."""
        self.path = path
        self._file = -1

    def __enter__(self) -> Self:
        os.mkfifo(self.path, 0o600)
        self._file = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        self.path.unlink(missing_ok=True)

    async def read(self, within: float) -> dict[str, Any]:
        """Return the last word of the launch: who it is, when it became the agent, else why it did not.

        :raises TimeoutError: when it says nothing in time.
        """
        said = b""
        async with asyncio.timeout(within):
            while True:
                chunk = self._chunk()
                if chunk is None:
                    await self._readable()
                elif chunk:
                    said += chunk
                elif said:
                    last: dict[str, Any] = json.loads(said.splitlines()[-1])
                    return last
                else:
                    await asyncio.sleep(_PAUSE)

    def _chunk(self) -> bytes | None:
        """Return what has come; nothing when there is no writer (yet, or any more), ``None`` when one is silent."""
        try:
            return os.read(self._file, _CHUNK)
        except BlockingIOError:
            return None

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._file, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._file)
