"""The small types that several files share: names, durations, model choices."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from .identifiers import names_a_conversation

NAME: Final = re.compile(r"[A-Za-z0-9+][A-Za-z0-9+\-_.@]{0,127}")
"""Session names (design 2.1); they become file names, tmux session names and socket names."""

MODEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/\[\]()@+-]{0,199}")
"""Model names; the first character keeps a value from being read as a flag (facts/peers.md, omnigent)."""

_SHOWN: Final = 60
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def parse_duration(text: str) -> float:
    """Return the seconds that ``5s``, ``1h30m`` or ``250ms`` name.

    :raises ValueError: when the text is not a duration.
    """
    if not text or _DURATION.sub("", text):
        raise ValueError(f"{text!r} is not a duration such as 30s, 5m or 2h")
    return sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(text))


def _seconds(value: object) -> object:
    """Turn a text into seconds; a bare number of seconds passes."""
    if isinstance(value, str):
        return parse_duration(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _not_negative(seconds: float) -> float:
    if not 0 <= seconds < float("inf"):
        raise ValueError("a duration is not negative and has an end")
    return seconds


def _session_name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a session name: letters, digits and + - _ . @, up to 128, "
            "starting with a letter, digit or +"
        )
    return value


def _model_name(value: str) -> str:
    if not MODEL.fullmatch(value):
        raise ValueError(f"{value!r} is not a model name")
    return value


def _conversation(value: str) -> str:
    if not names_a_conversation(value):
        raise ValueError(f"{value[:_SHOWN]!r} is not a conversation's id: one word that does not begin with -")
    return value


def _regular_expression(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from error
    return value


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    AfterValidator(_not_negative),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d))+$"}, {"type": "number", "minimum": 0}]}
    ),
]
"""Seconds, written as a number or as a text such as ``5s``."""

Regex = Annotated[str, AfterValidator(_regular_expression)]
"""A regular expression of Python's ``re``; one that does not compile is an error of the file, not of a later look."""

SessionName = Annotated[str, AfterValidator(_session_name)]
ConversationId = Annotated[str, AfterValidator(_conversation)]
ModelName = Annotated[str, AfterValidator(_model_name)]
ModelChoice = ModelName | dict[str, ModelName]
"""One name for all agents, or a map from agent to name."""


def choice_for(choice: ModelChoice | None, agent: str) -> str | None:
    """Return what a layer says for an agent, ``None`` when it says nothing for it."""
    return choice.get(agent) if isinstance(choice, dict) else choice
