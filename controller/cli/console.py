"""Where a command prints: what was asked for to stdout, everything else to stderr."""

import os
import sys
from typing import Any, TextIO


class Console:
    """The two streams of a command, and what they can show.

    ``plain`` is true where colour is unwelcome: no terminal, ``NO_COLOR``, ``TERM=dumb`` or ``--no-color``.
    """

    def __init__(self, out: TextIO, err: TextIO, *, plain: bool) -> None:
        """Keep the streams; nothing is printed yet."""
        self.out = out
        self.err = err
        self.plain = plain
        self._showing = 0

    @classmethod
    def of_process(cls) -> "Console":
        """Return the console of this process; see https://no-color.org for the variable."""
        wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(sys.stdout, sys.stderr, plain=not (wanted and sys.stdout.isatty()))

    def line(self, text: str) -> None:
        """Print a line that was asked for."""
        self.clear()
        print(_shown(text), file=self.out)

    def note(self, text: str) -> None:
        """Print a line beside what was asked for."""
        self.clear()
        print(_shown(text), file=self.err)

    def json(self, value: Any) -> None:
        """Print one JSON document, for machines and still readable."""
        from ..views.text import document

        self.line(document(value, indent=2))

    def exact(self, text: str) -> None:
        """Print what a program takes byte by byte (a patch); who reads it on a terminal is spared what that obeys."""
        self.clear()
        self.out.write(_shown(text) if self.out.isatty() else text)

    def progress(self, text: str) -> None:
        """Show what is going on, in place; only on a terminal."""
        if self.err.isatty():
            import shutil

            shown = text[: shutil.get_terminal_size().columns - 1]
            print(f"\r{shown:<{self._showing}}", end="", file=self.err, flush=True)
            self._showing = len(shown)

    def clear(self) -> None:
        """Take the progress away again."""
        if self._showing:
            print(f"\r{'':<{self._showing}}\r", end="", file=self.err, flush=True)
            self._showing = 0


def _shown(text: str) -> str:
    """Take out what a terminal would obey: files, agents and whoever types a name choose much of what is printed."""
    if text.isprintable():
        return text
    from ..views.text import shown

    return shown(text)


def reader_has_gone() -> int:
    """Keep the interpreter's last flush quiet after ``muster ... | head``; return the code of a death by SIGPIPE."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + 13
