"""What an agent says over the Agent Client Protocol: of its models, of what it offers, of who may do what.

Both ways to set a model are known: the stable one by configuration options, and the legacy ``models`` block with
``session/set_model``, which was never stable and is still all that some agents have (facts/acp-mcp.md, 1).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ..model.channel import Channel

Offered = tuple[tuple[str, str], ...]
"""Values with their display names."""


@dataclass(frozen=True, slots=True)
class Models:
    """What an agent says of its models.

    :ivar option: the id of the configuration option, for that channel.
    """

    channel: Channel = Channel.NONE
    current: str | None = None
    offered: Offered = ()
    option: str | None = None


class Opener(StrEnum):
    """The ways to open an earlier conversation, each the last part of its method."""

    RESUME = "resume"
    LOAD = "load"


class Ruling(StrEnum):
    """What becomes of a question of permission without asking anybody."""

    ALLOW = "allow"
    DENY = "deny"


_KINDS: Final = {Ruling.ALLOW: ("allow_once", "allow_always"), Ruling.DENY: ("reject_once", "reject_always")}
"""In order of preference: what was not asked for is not allowed for ever."""

CANCELLED: Final[Mapping[str, Any]] = {"outcome": "cancelled"}


def models_in(result: Any) -> Models:
    """Return what the answer to new, load, resume or a setter says of the models."""
    said = _object(result)
    options = [_object(option) for option in _list(said.get("configOptions"))]
    selects = [option for option in options if option.get("type", "select") == "select"]
    # Its id first: one agent has a provider in front, of the same category.
    named = [option for option in selects if option.get("id") == "model"]
    for option in [*named, *(option for option in selects if option.get("category") == "model")]:
        if ident := _text(option.get("id")):
            offered = tuple(_offered(option.get("options"), "value"))
            return Models(Channel.CONFIG_OPTION, _text(option.get("currentValue")), offered, ident)
    return _legacy(_object(said.get("models")))


def _legacy(block: Mapping[str, Any]) -> Models:
    if not block:
        return Models()
    offered = tuple(_offered(block.get("availableModels"), "modelId"))
    return Models(Channel.LEGACY, _text(block.get("currentModelId")), offered)


def _offered(options: Any, key: str) -> Iterable[tuple[str, str]]:
    """Yield values and display names, those in groups too."""
    for option in map(_object, _list(options)):
        if "options" in option:
            yield from _offered(option["options"], key)
        elif (value := _text(option.get(key))) is not None:
            yield value, _text(option.get("name")) or value


def opener(initialized: Any, wanted: str) -> Opener | None:
    """Return how to open an earlier conversation, ``None`` when the agent offers no way.

    :param wanted: "load" where a resume is not to be trusted, else the resume is taken where it is offered.
    """
    offered = _object(_object(initialized).get("agentCapabilities"))
    if wanted != "load" and can(initialized, "resume"):
        return Opener.RESUME
    return Opener.LOAD if offered.get("loadSession") is True else None


def can(initialized: Any, what: str) -> bool:
    """Tell whether the agent offers a method on sessions: resume, close or list."""
    capabilities = _object(_object(initialized).get("agentCapabilities")).get("sessionCapabilities")
    said = _object(capabilities).get(what)
    return said is not None and said is not False  # {} is a yes


def ruled(options: Any, ruling: Ruling) -> dict[str, Any]:
    """Return the outcome that a policy gives to a question: cancelled where no answer of its kind is offered."""
    offered = [_object(option) for option in _list(options)]
    for kind in _KINDS[ruling]:
        for option in offered:
            if option.get("kind") == kind and (ident := _text(option.get("optionId"))):
                return {"outcome": "selected", "optionId": ident}
    return dict(CANCELLED)


def outcome_in(answer: Any, options: Any) -> dict[str, Any] | None:
    """Return what somebody answered to a question, ``None`` when that is no answer to it."""
    outcome = _object(_object(answer).get("outcome"))
    match outcome.get("outcome"):
        case "cancelled":
            return dict(CANCELLED)
        case "selected" if any(_object(one).get("optionId") == outcome.get("optionId") for one in _list(options)):
            return {"outcome": "selected", "optionId": outcome["optionId"]}
    return None


def used_model(result: Any) -> str | None:
    """Return the model that a turn was answered by; of several that its end names one may have been asked beside it."""
    usage = _object(_object(_object(result).get("_meta")).get("quota")).get("model_usage")
    named = usage if isinstance(usage, dict) else {_text(_object(entry).get("model")) for entry in _list(usage)}
    return _text(next(iter(named))) if len(named) == 1 else None


def blocks_of(text: str) -> list[dict[str, Any]]:
    """Return a text as the content of a prompt."""
    return [{"type": "text", "text": text}]


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
