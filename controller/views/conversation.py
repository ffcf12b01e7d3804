"""A headless session's conversation for people: entries of its journal, one after another, to text for a terminal.

What is left out here (thoughts, usage, lists of commands) stands in the entries themselves, which ``--json`` prints.
"""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from .text import Colour, moment, painted, prose, safe

Entry = Mapping[str, Any]
"""One line of the journal: ``n``, ``at`` in wall-clock seconds, ``kind``, and the words of its kind."""


class _Voice(Enum):
    """Whose line the cursor stands in."""

    AGENT = "agent"
    PERSON = "person"
    THOUGHT = "thought"


class Telling:
    """Tells entries in the order in which they come; what an agent says in pieces is joined."""

    def __init__(self, *, colour: bool = False, times: bool = False) -> None:
        """Begin at the start of a line.

        :param times: prompts and statuses carry the moment at which they came.
        """
        self._colour = colour
        self._times = times
        self._voice: _Voice | None = None
        self._open = False
        self._turn: object = None
        self._tools: dict[str, str] = {}
        self._options: dict[str, Mapping[str, str]] = {}

    def tell(self, entry: Entry) -> str:
        """Return the text that an entry adds, empty for one that is not for people."""
        match entry.get("kind"):
            case "update":
                return self._update(entry.get("update") or {})
            case "prompt":
                return self._lines(f"> {prompt_text(entry)}", Colour.STRONG, entry)
            case "delivered":
                self._turn = entry.get("id")
                return ""
            case "turn_end":
                return self._turn_end(entry)
            case "status":
                return self._lines(f"* {entry.get('text') or entry.get('status_type')}", Colour.CAREFUL, entry)
            case "permission":
                return self._lines(self._question(entry), Colour.CAREFUL)
            case "permission_answer":
                return self._lines(f"  {self._answer(entry)}", Colour.QUIET)
            case "began":
                return self._lines(f"== conversation {entry.get('conversation')}", Colour.QUIET, entry)
            case "ended":
                return self._lines(f"== the agent ended: {entry.get('exit')}", Colour.BAD, entry)
        return ""

    def rest(self) -> str:
        """Return what ends a line that is still open, for whoever prints something else."""
        ended = "\n" if self._open else ""
        self._voice, self._open = None, False
        return ended

    def _update(self, update: Mapping[str, Any]) -> str:
        match update.get("sessionUpdate"):
            case "agent_message_chunk":
                return self._flow(_Voice.AGENT, chunk_text(update))
            case "agent_thought_chunk":
                return "" if self._voice is _Voice.THOUGHT else self._thought()
            case "user_message_chunk":
                # In a turn it is the agent's echo of the prompt; else it is told from an earlier conversation.
                return "" if self._turn else self._flow(_Voice.PERSON, block_text(update.get("content")))
            case "tool_call" | "tool_call_update" if update.get("toolCallId"):
                return self._tool(update)
            case "plan":
                return self._lines(_steps(update), Colour.QUIET)
        return ""

    def _flow(self, voice: _Voice, text: str) -> str:
        """Add to what a voice says, on its own lines."""
        told = "" if self._voice is voice else self.rest() + ("> " if voice is _Voice.PERSON else "")
        self._voice = voice
        told += prose(text)
        self._open = not told.endswith("\n") if told else self._open
        return told

    def _thought(self) -> str:
        told = self._lines("(thinks)", Colour.QUIET)
        self._voice = _Voice.THOUGHT
        return told

    def _tool(self, update: Mapping[str, Any]) -> str:
        """Tell a tool when it is called, and again only when it failed."""
        tool, title = str(update.get("toolCallId")), update.get("title")
        begun = tool not in self._tools
        if title or begun:
            self._tools[tool] = str(title or update.get("kind") or "a tool")
        failed = ": failed" if update.get("status") == "failed" else ""
        return self._lines(f"+ {self._tools[tool]}{failed}", Colour.QUIET) if begun or failed else ""

    def _turn_end(self, entry: Entry) -> str:
        if self._turn and self._turn != entry.get("id"):
            return self._lines(f"* a prompt that waited: {not_as_asked(entry)}", Colour.QUIET)
        self._turn = None
        self._tools.clear()
        parts = [str(part) for part in (entry.get("model"), not_as_asked(entry)) if part]
        return self._lines(" ".join(["--", ", ".join(parts)]).rstrip(), Colour.QUIET)

    def _question(self, entry: Entry) -> str:
        self._options[str(entry.get("id"))] = names = dict(options(entry))
        choices = "   ".join(f"{number} {name}" for number, name in enumerate(names.values(), start=1))
        return f"? {tool_title(entry)}\n{choices}"

    def _answer(self, entry: Entry) -> str:
        chosen = chosen_option(entry.get("outcome"))
        names = self._options.pop(str(entry.get("id")), {})
        by = f" ({entry['by']})" if entry.get("by") else ""
        return f"{names.get(chosen, chosen) if chosen else 'nobody answered: cancelled'}{by}"

    def _lines(self, text: str, colour: Colour, at: Entry | None = None) -> str:
        """Tell lines of our own, those after the first one indented."""
        when = f"{moment(at.get('at')) or '-'}  " if self._times and at else ""
        first, *others = prose(text).rstrip("\n").split("\n")
        return self.rest() + "".join(
            painted(line, colour, wanted=self._colour) + "\n" for line in [when + first, *(f"  {o}" for o in others)]
        )


def block_text(block: Any) -> str:
    """Return what a content block says; of one that is no text, what it is."""
    if not isinstance(block, Mapping):
        return ""
    if block.get("type") == "text":
        return str(block.get("text") or "")
    return f"[{block.get('type')}{' ' + str(block['uri']) if block.get('uri') else ''}]"


def answer_text(entry: Entry) -> str:
    """Return what the agent answers by an entry, as it says it; empty for an entry that is no answer."""
    update = entry.get("update") or {}
    return chunk_text(update) if update.get("sessionUpdate") == "agent_message_chunk" else ""


def chunk_text(update: Mapping[str, Any]) -> str:
    """Return what a piece of a message says; of one that was too long for the journal, how long it was."""
    ours = (update.get("_meta") or {}).get("muster")
    size = ours.get("left_out") if isinstance(ours, Mapping) else None
    return f"[{size} bytes, too long to be kept]" if size else block_text(update.get("content"))


def prompt_text(entry: Entry) -> str:
    """Return what somebody said."""
    if entry.get("text") is not None:
        return str(entry["text"])
    return "\n".join(block_text(block) for block in entry.get("blocks") or ())


def not_as_asked(entry: Entry) -> str | None:
    """Tell how a turn ended, ``None`` when it ended as it should."""
    if error := entry.get("error"):
        return f"failed: {error}"
    reason = entry.get("stop_reason")
    return None if reason == "end_turn" else str(reason).replace("_", " ")


def options(entry: Entry) -> list[tuple[str, str]]:
    """Return the ids and names of the answers to a question, in the order in which they are numbered."""
    offered = [one for one in entry.get("options") or () if isinstance(one, Mapping)]
    return [(str(one.get("optionId")), safe(str(one.get("name") or one.get("kind")))) for one in offered]


def tool_title(entry: Entry) -> str:
    """Return what a question is about."""
    tool = entry.get("tool")
    said = tool.get("title") or tool.get("kind") if isinstance(tool, Mapping) else tool
    return str(said or "a tool")


def chosen_option(outcome: Any) -> str | None:
    """Return the id of the answer that was given, ``None`` when it was cancelled."""
    if isinstance(outcome, Mapping):
        return str(outcome["optionId"]) if outcome.get("optionId") else None
    return None


def json_line(entry: Entry) -> str:
    """Return an entry for machines, in one line of pure ASCII: an agent's text may hold halves of characters."""
    return json.dumps(entry)


def _steps(update: Mapping[str, Any]) -> str:
    steps = [step for step in update.get("entries") or () if isinstance(step, Mapping)]
    done = sum(step.get("status") == "completed" for step in steps)
    now = next((f", now: {step.get('content')}" for step in steps if step.get("status") == "in_progress"), "")
    return f"plan: {done} of {len(steps)} done{now}"
