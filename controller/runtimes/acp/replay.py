"""The journal told again, to one who comes later; what is said meanwhile is told in its place."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from ...wire.acp import blocks_of
from .fronts import FrontEnd, update_line, user_chunks
from .journal import Entry, Journal, lines

_AT_ONCE: Final = 64
"""Entries until others have a turn: a few milliseconds."""


async def replay(
    path: Path, journal: Journal, since: int, front: FrontEnd, told: Callable[[Entry, bytes], None]
) -> int:
    """Tell entries after ``since``, as fast as they are read; when it returns, nothing has been missed until now.

    :raises ConnectionError: when the front end has gone.
    """
    while since < journal.last:
        before, entries = since, 0
        with closing(lines(path, since)) as found:
            for entry, line in found:
                since, entries = entry["n"], entries + 1
                told(entry, line)
                await front.peer.drained()
                if entries % _AT_ONCE == 0:
                    await asyncio.sleep(0)
        if since == before:  # the rest cannot be read
            break
    return journal.last


class Retelling:
    """Makes updates of the protocol from the entries of one conversation."""

    def __init__(self, conversation: str, write: Callable[[bytes], None]) -> None:
        """Begin at the oldest entry: it is of this conversation if nothing says otherwise."""
        self._conversation = conversation
        self._write = write
        self._mine = True
        self._prompts: dict[str, list[Any]] = {}
        self._in_turn = False

    def tell(self, entry: Entry, _: bytes) -> None:
        """Tell one entry, if it is one that the protocol has a word for."""
        match entry:
            case {"kind": "began" | "past"}:
                self._mine = entry.get("conversation") == self._conversation
                self._prompts |= {prompt["id"]: _blocks(prompt) for prompt in entry.get("queued") or ()}
            case {"kind": "prompt", "id": ident}:
                self._prompts[ident] = _blocks(entry)
            case {"kind": "delivered", "id": ident}:
                self._in_turn = True
                self._updates(user_chunks(self._prompts.pop(ident, [])))
            case {"kind": "turn_end"}:
                self._in_turn = False
            case {"kind": "update", "update": {"sessionUpdate": "user_message_chunk"}} if self._in_turn:
                pass  # the agent's echo of the prompt
            case {"kind": "update", "update": dict(update)}:
                self._updates([update])

    def _updates(self, updates: list[Any]) -> None:
        if self._mine:
            for update in updates:
                self._write(update_line(self._conversation, update))


def _blocks(prompt: Entry) -> list[Any]:
    return prompt["blocks"] if "blocks" in prompt else blocks_of(str(prompt.get("text") or ""))
