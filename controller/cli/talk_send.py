"""``muster send`` to a headless session: a prompt that is not lost, its answer as it comes, and its model."""

import argparse
import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import MusterError
from ..views.conversation import Entry, answer_text, not_as_asked, tool_title
from ..views.text import prose
from .console import Console
from .talk import Heard, Refused, Sign, Talk

if TYPE_CHECKING:
    from ..settings import Settings


def send(settings: "Settings", args: argparse.Namespace, console: Console) -> int:
    """Say it; with ``--wait``, print what the agent answers until its turn is over."""
    return asyncio.run(_send(settings, args, console))


@dataclass(slots=True)
class _Turn:
    """What becomes of our prompt.

    :ivar id: in the journal; ``None`` until it is there.
    :ivar said: what the agent answered so far.
    :ivar end: the entry of the turn's end.
    """

    id: str | None = None
    running: bool = False
    said: list[str] = field(default_factory=list)
    end: Entry | None = None

    def take(self, entry: Entry) -> str:
        """Take in an entry; return what the agent answers by it."""
        ours = entry.get("id") == self.id
        match entry.get("kind"):
            case "delivered" if ours:
                self.running = True
            case "turn_end" if ours:
                self.end = entry
            case "update" if self.running:
                self.said.append(answer_text(entry))
                return self.said[-1]
        return ""


async def _send(settings: "Settings", args: argparse.Namespace, console: Console) -> int:
    turn = _Turn()
    async with Talk(settings, args.name, "send") as talk, contextlib.aclosing(talk.hear(None)) as hearing:
        talk.say(args.text)
        async for heard in hearing:
            _take(talk, turn, heard, args, console)
            if turn.end or (turn.id and not args.wait):
                break
    return _ended(turn, args, console)


def _take(talk: Talk, turn: _Turn, heard: Heard, args: argparse.Namespace, console: Console) -> None:
    if heard is Sign.LOST:
        console.note(f"{args.name} has gone for now, perhaps for a restart: waiting for it")
    elif isinstance(heard, Refused):
        raise MusterError(f"cannot send to {args.name}: {heard.why}")
    elif isinstance(heard, dict):
        if heard.get("kind") == "prompt" and heard.get("by") == talk.by:
            turn.id = heard["id"]
        text = turn.take(heard)
        if args.wait and not args.json:
            _show(text, heard, args, console)


def _show(text: str, entry: Entry, args: argparse.Namespace, console: Console) -> None:
    """Print what the agent says; what is beside its answer goes to stderr."""
    if text:
        console.out.write(prose(text))
        console.out.flush()
    if entry.get("kind") == "status":
        console.note(prose(f"* {entry.get('text')}"))
    elif entry.get("kind") == "permission":
        console.note(prose(f"? {tool_title(entry)}: `muster attach {args.name}` answers"))


def _ended(turn: _Turn, args: argparse.Namespace, console: Console) -> int:
    wrong = not_as_asked(turn.end) if turn.end else None
    if args.json:
        console.json(_document(turn, args))
        return 1 if wrong else 0
    if turn.said and not "".join(turn.said).endswith("\n"):
        console.out.write("\n")
    if wrong:
        raise MusterError(f"cannot finish what was sent to {args.name}: {wrong}", hint=f"muster logs {args.name}")
    return 0


def _document(turn: _Turn, args: argparse.Namespace) -> dict[str, Any]:
    end = turn.end or {}
    return {
        "schema_version": 1,
        "session": args.name,
        "id": turn.id,
        "state": "ended" if turn.end else "queued",
        # Half a character, which a broken agent may say, cannot be printed.
        "text": "".join(turn.said).encode(errors="replace").decode() if turn.end else None,
        "model": end.get("model"),
        "stop_reason": end.get("stop_reason"),
        "error": end.get("error"),
    }
