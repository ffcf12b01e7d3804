"""What the provider answers: every tag that the conversation's user said, so that a conversation proves itself.

A tag is a word such as ``secret-1a2b3c4d``. Words in double brackets after the newest tag say how to answer:
``[[delay 3]]`` seconds in the middle of the stream, ``[[status 529]]`` an error, ``[[call NAME {"a": 1}]]`` a call of
a tool that the request offers, ``[[call! NAME {"a": 1}]]`` also of one that it does not show,
which may be ``SPACE.NAME``.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

TAG: Final = re.compile(r"\b[a-z]+-[0-9a-f]{8}\b")
_DELAY: Final = re.compile(r"\[\[delay ([\d.]+)\]\]")
_STATUS: Final = re.compile(r"\[\[status (\d+)\]\]")
_CALL: Final = re.compile(r"\[\[call(!?) ([\w.]+) (\{.*?\})\]\]")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; what a tool gave back has a role of its own."""

    role: Literal["user", "assistant", "tool"]
    text: str
    call_id: str = ""
    """Of what a tool gave back: which call it answers, where the dialect says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, whatever its dialect."""

    model: str
    messages: tuple[Message, ...]
    tools: tuple[str, ...] = ()
    stream: bool = False

    def said_by(self, role: str) -> list[str]:
        """What one side said, oldest first."""
        return [message.text for message in self.messages if message.role == role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered: a text, and before it a pause and a call of a tool where they were asked for."""

    text: str
    delay: float = 0.0
    status: int = 200
    call: tuple[str, dict[str, Any]] | None = None
    call_id: str = "call_1"
    """Another one for each turn: agents take results of one id for one."""

    def halves(self) -> tuple[str, str]:
        """The text before and after the pause."""
        middle = len(self.text) // 2
        return self.text[:middle], self.text[middle:]


def tags(texts: list[str]) -> list[str]:
    """The tags in some texts, each once, in order."""
    return list(dict.fromkeys(tag for text in texts for tag in TAG.findall(text)))


def answer_to(tag: str) -> str:
    """The word by which the answer to a tag is known, on every model the same."""
    return f"answer-{hashlib.sha256(tag.encode()).hexdigest()[:8]}"


def reply(asked: Asked) -> Reply:
    """Answer a request from what it holds alone."""
    told = tags(asked.said_by("user"))
    if not told:
        return Reply(text="Nothing was said.")
    newest, after = _newest(asked.messages)
    call = _CALL.search(newest)
    call_id = f"call_{told[-1].rpartition('-')[2]}"
    answered = [
        *after,
        *(one for one in asked.messages if one.call_id.endswith(call_id)),
    ]  # some put it before the prompt
    open_call = call is not None and not any(message.role == "tool" for message in answered)
    status = _STATUS.search(newest)
    delay = _DELAY.search(newest)
    return Reply(
        text=f"{answer_to(told[-1])}: I was told {', '.join(told)}.",
        delay=float(delay[1]) if delay else 0.0,
        status=int(status[1]) if status else 200,
        call=(call[2], json.loads(call[3])) if call and open_call and (call[1] or call[2] in asked.tools) else None,
        call_id=call_id,
    )


def _newest(messages: tuple[Message, ...]) -> tuple[str, tuple[Message, ...]]:
    """The newest part of a message that holds a tag, and the messages after it; agents add reminders of their own."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.role == "user" and (found := list(TAG.finditer(message.text))):
            # Prompts that had no answer may stand in one message with their follower.
            return message.text[found[-1].start() :], messages[index + 1 :]
    return "", ()
