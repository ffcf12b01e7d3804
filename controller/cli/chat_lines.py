"""Lines that a person types, or a program writes, beside everything else that goes on."""

import asyncio
import codecs
import contextlib
import os
import sys
import threading
from typing import Final

_AT_ONCE: Final = 65536


class TypedLines:
    """The lines of stdin; ``None`` is its end.

    A thread reads them: a terminal that is made non-blocking stays so for the shell that comes after us, and a regular
    file cannot be waited for at all.
    """

    def __init__(self) -> None:
        """Begin to read."""
        self.echoed = sys.stdin.isatty()
        """Whether a person sees what they type."""
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        threading.Thread(target=self._read, args=(sys.stdin.fileno(),), daemon=True).start()

    async def next(self) -> str | None:
        """Return the next line, without its end."""
        return await self._lines.get()

    def _read(self, stdin: int) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        begun = ""
        try:
            while data := os.read(stdin, _AT_ONCE):
                *lines, begun = (begun + decoder.decode(data)).split("\n")
                for line in lines:
                    self._came(line.rstrip("\r"))
        except OSError:  # the terminal has gone
            pass
        if begun:
            self._came(begun)
        self._came(None)

    def _came(self, line: str | None) -> None:
        with contextlib.suppress(RuntimeError):  # the chat is over, and its loop closed
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
