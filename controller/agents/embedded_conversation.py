"""How the embedded agent talks to a person: the terminal, and the turns of one conversation on it."""

from __future__ import annotations

import os
import select
import signal
import sys
import time

from . import embedded_options as options
from . import embedded_talk as talk
from . import embedded_tool as tool
from .embedded_memory import Memory


class Terminal:
    """The person's side: lines in, text out, both unbuffered so that a kill loses nothing said."""

    def __init__(self) -> None:
        """Leave the terminal as it is: the kernel edits the line, in canonical mode."""
        self._pending = b""
        self._prompts = os.isatty(sys.stdin.fileno()) and os.isatty(sys.stdout.fileno())
        # A signal that comes just before a blocking read would only be noticed behind the next line.
        self._signalled, told = os.pipe()
        os.set_blocking(told, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)

    def line(self) -> str:
        """Wait for the next line; EOFError when the person has left."""
        while b"\n" not in self._pending:
            chunk = self._read()
            if not chunk:
                return self._last_line()
            self._pending += chunk
        line, self._pending = self._pending.split(b"\n", 1)
        return line.decode(errors="replace").strip()

    def prompt(self) -> None:
        """Show that the next line is welcome, where somebody can see it."""
        if self._prompts:
            self.write("> ")

    def write(self, text: str) -> None:
        """Print all of the text at once."""
        rest = text.encode(errors="replace")
        while rest:
            rest = rest[os.write(sys.stdout.fileno(), rest) :]

    def _read(self) -> bytes:
        lines = sys.stdin.fileno()
        try:
            while lines not in (ready := select.select([lines, self._signalled], [], [])[0]):
                os.read(ready[0], 512)
            return os.read(lines, 65536)
        except OSError:
            # A terminal whose other end was closed reads as an error, not as an end.
            return b""

    def _last_line(self) -> str:
        if not self._pending:
            raise EOFError
        line, self._pending = self._pending, b""
        return line.decode(errors="replace").strip()


class Conversation:
    """One conversation on a terminal, a line a turn."""

    def __init__(self, memory: Memory) -> None:
        """Go on with what was said."""
        self.memory = memory
        self._terminal = Terminal()
        self._think = options.think_seconds()

    def hold(self, greeting: str, first: str | None) -> None:
        """Answer line after line until the person leaves."""
        # A first prompt is work already known: nobody may see idle before its turn.
        self.memory.registry.say("busy" if first else "idle")
        self._terminal.write(greeting + "\n")
        try:
            if first:
                self._hear(first)
            while True:
                self._terminal.prompt()
                self._hear(self._terminal.line())
        except EOFError:
            return

    def _hear(self, line: str) -> None:
        match line.split():
            case []:
                pass
            case ["/quit"]:
                raise EOFError
            case ["/model"]:
                self._terminal.write(f"model {self.memory.model}\n")
            case ["/model", name]:
                self._switch(name)
            case _:
                self._turn(line)
        self.memory.registry.say("idle")

    def _switch(self, name: str) -> None:
        try:
            self.memory.switch(name)
        except options.Refused as refusal:
            self._terminal.write(f"{refusal}\n")
            return
        self._terminal.write(f"model set to {self.memory.model}\n")

    def _turn(self, prompt: str) -> None:
        self.memory.registry.say("busy")
        earlier = self.memory.hear(prompt)
        time.sleep(self._think + talk.extra_seconds(prompt))
        if options.refuses(self.memory.model):
            self.memory.refuse()
            self._terminal.write(f"the provider does not give us {self.memory.model}\n")
        elif talk.wants_permission(prompt):
            self._reply(talk.answer_to_permission(self._permission(), self.memory.model))
        elif line := tool.command(prompt):
            self._reply(f"[{self.memory.model}] {tool.run(line)}")
        else:
            self._reply(talk.answer(prompt, earlier, self.memory.model))

    def _permission(self) -> str:
        self.memory.registry.say("waiting", waitingFor="permission")
        self._terminal.write("May I? (yes/no)\n")
        self._terminal.prompt()
        decision = self._terminal.line()
        if decision == "/quit":
            raise EOFError
        self.memory.registry.say("busy")
        return decision

    def _reply(self, text: str) -> None:
        """Stream the answer; who sees its end may rely on its record."""
        *first, last = talk.pieces(text)
        for piece in first:
            self._terminal.write(piece)
            time.sleep(self._think * talk.PAUSE)
        self.memory.answer(text, self.memory.model)
        self._terminal.write(last + "\n")
