"""How the embedded agent offers its models to an ACP client: the standard's way, the old way, or not at all."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, assert_never

from acp import schema

from . import embedded_options as options
from . import embedded_talk as talk


class Channel(Enum):
    """By which means a client sees and sets the model."""

    CONFIG_OPTIONS = auto()
    LEGACY = auto()
    NONE = auto()


def channel() -> Channel:
    """Read which one it is; all but the first are misbehaviours for tests."""
    faults = options.faults()
    if "no-model-channel" in faults:
        return Channel.NONE
    return Channel.LEGACY if "legacy-models-only" in faults else Channel.CONFIG_OPTIONS


def told(model: str) -> dict[str, Any]:
    """Return what the answer that opens a session says of the models."""
    match channel():
        case Channel.CONFIG_OPTIONS:
            return {"configOptions": [option(model).model_dump(mode="json", by_alias=True, exclude_none=True)]}
        case Channel.LEGACY:
            offered = [{"modelId": alias, "name": name} for alias, name in talk.MODELS.items()]
            return {"models": {"currentModelId": talk.alias(model), "availableModels": offered}}
        case Channel.NONE:
            return {}
        case never:
            assert_never(never)


def option(model: str) -> schema.SessionConfigOptionSelect | schema.SessionConfigOptionBoolean:
    """Describe the one option that a session has."""
    return schema.SessionConfigOptionSelect(
        type="select",
        id="model",
        category="model",
        name="Model",
        current_value=talk.alias(model),
        options=[schema.SessionConfigSelectOption(value=alias, name=name) for alias, name in talk.MODELS.items()],
    )
