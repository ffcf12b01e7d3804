"""``muster attach`` to a headless session: a chat in lines, on a terminal or a pipe, that survives restarts."""

import asyncio
import contextlib
import signal
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..commands import grammar
from ..commands.answer import answer
from ..errors import MusterError
from ..model.command import Command
from ..runtimes.acp import journal
from ..views import command as view
from ..views.conversation import Entry, Telling
from ..views.text import prose
from ..wire.statement import Activity
from . import commanding
from .chat_lines import TypedLines
from .chat_questions import Questions
from .console import Console
from .talk import Heard, Question, Refused, Sign, Talk

if TYPE_CHECKING:
    from ..settings import Settings

_TURNS: Final = 3
"""Turns that are shown of what was said before."""

_HELP: Final = f"""\
{grammar.HELP}
/cancel         drop what you said that still waits, else cancel the turn that runs; so does Ctrl-C
/quit           leave; so does Ctrl-D. The session goes on
1, 2, ...       answer the question that is open
All else is said to the agent, its own /commands too; //status is its own /status."""


def chat(settings: "Settings", name: str, console: Console) -> int:
    """Chat until the person leaves."""
    return asyncio.run(Chat(settings, name, console).run())


class Chat:
    """One person at one session."""

    def __init__(self, settings: "Settings", name: str, console: Console) -> None:
        """Reach nobody yet."""
        self._settings = settings
        self._name = name
        self._console = console
        self._telling = Telling(colour=not console.plain)
        self._talk = Talk(settings, name, "attach", asked=True)
        self._questions = Questions()
        self._live = self._greeted = False
        self._running: str | None = None
        """The id of the prompt whose turn runs, empty where it is not known."""
        self._owed: set[str] = set()
        """Our prompts whose turns have not ended."""
        self._heard = asyncio.Event()

    async def run(self) -> int:
        """Hear and speak, until the person leaves or there is nobody to speak with.

        :raises MusterError: when the session is down and will not come.
        """
        self._lines = TypedLines()
        since = _before_last_turns(self._settings, self._name)
        async with self._talk:
            hearing, speaking = asyncio.create_task(self._hear(since)), asyncio.create_task(self._speak())
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._interrupted, speaking)
            await asyncio.wait({hearing, speaking}, return_when=asyncio.FIRST_COMPLETED)
            hearing.cancel()
            speaking.cancel()
            *_, left = ends = await asyncio.gather(hearing, speaking, return_exceptions=True)
        self._show(self._telling.rest())
        for end in ends:
            if isinstance(end, Exception):
                raise end
        return 130 if isinstance(left, asyncio.CancelledError) else 0

    # ---- what comes

    async def _hear(self, since: int) -> None:
        async with contextlib.aclosing(self._talk.hear(since)) as hearing:
            async for heard in hearing:
                if heard is Sign.LIVE:
                    self._live = True
                    await self._greet()
                self._take(heard)
                self._heard.set()

    def _take(self, heard: Heard) -> None:
        if heard is Sign.LOST:
            self._live, self._running = False, None
            self._questions.forget()
            self._note(f"* {self._name} has gone for now, perhaps for a restart; what you say waits for it")
        elif isinstance(heard, Question):
            if entry := self._questions.ask(heard):
                self._tell_question(entry)
        elif isinstance(heard, Refused):
            self._note(f"* not taken: {heard.why}")
        elif isinstance(heard, dict):
            self._take_entry(heard)

    def _take_entry(self, entry: Entry) -> None:
        self._questions.take(entry)
        match entry.get("kind"):
            case "prompt" if entry.get("id") in self._talk.mine:
                self._owed.add(entry["id"])
                if self._lines.echoed:
                    return  # it stands there as it was typed
            case "delivered":
                self._running = entry["id"]
            case "turn_end":
                self._running = None if self._running in {entry["id"], ""} else self._running
                self._owed.discard(entry["id"])
            case "permission":
                self._tell_question(entry)
                return
        self._show(self._telling.tell(entry))
        if entry.get("kind") == "permission_answer" and (another := self._questions.oldest()):
            self._show(self._telling.tell(another))

    def _tell_question(self, entry: Entry) -> None:
        """Tell a question once a number would answer it: never two at a time."""
        if entry is self._questions.oldest():
            self._show(self._telling.tell(entry))

    async def _greet(self) -> None:
        """Say that somebody is there, and on which model."""
        with contextlib.suppress(ConnectionError, TimeoutError):  # it has gone again: that is told next
            said = await self._talk.statement()
            if self._running is None and said.activity is not Activity.IDLE:
                self._running = ""
            self._note(f"== {self._name} on {said.model or 'a model of its own'}; /help tells the words")
        self._greeted = True

    # ---- what the person says

    async def _speak(self) -> None:
        """Take lines to their end; nothing that was said is left behind, and a program hears the answers too."""
        while (line := await self._lines.next()) is not None:
            if line == "/quit":
                break
            await self._said(line)
        else:
            await self._until(lambda: self._lines.echoed or (self._greeted and not self._owed and not self._talk.owes))
        await self._until(lambda: not self._talk.owes)

    async def _until(self, rests: Callable[[], bool]) -> None:
        while not rests():
            self._heard.clear()
            await self._heard.wait()

    async def _said(self, line: str) -> None:
        if self._lines.echoed:
            self._telling.rest()  # the person has ended the line
        match line.rstrip():
            case "":
                pass
            case "/help":
                self._note(_HELP)
            case "/cancel":
                self._cancel()
            case _ if line.isdecimal() and self._questions.oldest():
                if not self._questions.answer(int(line)):
                    self._note(f"* the question that is open has no answer {line}")
            case _:
                await self._command_or_prompt(line)

    async def _command_or_prompt(self, line: str) -> None:
        try:
            if command := grammar.read(line.rstrip()):
                await self._command(command)
            else:
                self._talk.say(grammar.unescaped(line))
        except MusterError as error:
            self._note(f"* {error.message}" + (f"\n  {error.hint}" if error.hint else ""))

    async def _command(self, command: Command) -> None:
        """Look, which takes a moment, beside the conversation; edit and answer in one go."""
        reported: tuple[str, ...] = ()
        with contextlib.suppress(ConnectionError, TimeoutError):  # it is not there to be asked: the files are
            reported = tuple(value for value, _ in (await self._talk.statement()).offered)
        known = await asyncio.to_thread(commanding.look, self._settings, self._name, reported)
        reply = answer(command, known)
        if reply.edit:
            self._show(self._telling.rest())
            commanding.carry_out(self._settings, self._name, reply.edit, self._console)
        self._note(f"* {view.as_text(reply)}")

    def _interrupted(self, speaking: "asyncio.Task[None]") -> None:
        """Ctrl-C: cancel what runs; where nobody is there, leave."""
        if not self._live:
            speaking.cancel()
        else:
            self._cancel()

    def _cancel(self) -> None:
        self._talk.cancel()  # in any case: what runs may not have been told yet
        if self._running is None and not self._owed and not self._talk.owes:
            self._note("* no turn runs; Ctrl-D leaves")

    # ---- what is shown

    def _note(self, text: str) -> None:
        self._show(self._telling.rest() + prose(text) + "\n")

    def _show(self, text: str) -> None:
        self._console.out.write(text)
        self._console.out.flush()


def _before_last_turns(settings: "Settings", name: str) -> int:
    """Return the number of the entry before the last turns."""
    last: deque[int] = deque([1], maxlen=_TURNS)
    for entry in journal.read(settings.journal_dir / f"{name}.jsonl"):
        if entry["kind"] == "prompt":
            last.append(entry["n"])
    return last[0] - 1
