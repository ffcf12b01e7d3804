"""Edits of one session's file by a word: its model, and whether it runs; for whoever asks.

Whoever serves an AI wraps these in ``refusing.told``, so that a refusal is an event. All raise ``NotAllowed`` for what
the asker may not, ``edits.Managed`` where the directory is managed, ``MusterError`` for a session without a file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import InvalidFiles, NotAllowed
from . import edits, offers, reading

if TYPE_CHECKING:
    from ..model.asker import Asker
    from ..model.desired import Declared
    from ..model.loaded import Loaded
    from ..settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a file says after an edit.

    :ivar path: dotted path of the field.
    :ivar value: ``None`` when it is not said any more.
    :ivar changed: false when the file said so already.
    """

    file: str
    path: str
    value: str | None
    changed: bool


def set_model(settings: "Settings", asker: "Asker", name: str, word: str) -> Said:
    """Write a session's model.

    :raises InvalidFiles: when it is above the ceiling of the session's own origin.
    """
    loaded = reading.loaded(settings)
    declared = reading.session(loaded, name)
    agent = offers.agent_of(loaded, name)
    _check_ceiling(loaded, declared, agent, offers.require(loaded, agent, word), asker)
    path = ("model", agent) if isinstance(declared.spec.model, dict) else ("model",)
    return say(settings, asker, declared, path, word)


def reset_model(settings: "Settings", asker: "Asker", name: str) -> Said:
    """Take a session's own word for its model out of its file: the tables speak again."""
    return unsay(settings, asker, reading.session(reading.loaded(settings), name), "model")


def stop(settings: "Settings", asker: "Asker", name: str) -> Said:
    """Say that a session is stopped."""
    return say(settings, asker, reading.session(reading.loaded(settings), name), ("state",), "stopped")


def start(settings: "Settings", asker: "Asker", name: str) -> Said:
    """Say no more that a session is stopped."""
    return unsay(settings, asker, reading.session(reading.loaded(settings), name), "state")


def say(
    settings: "Settings", asker: "Asker", declared: "Declared", path: tuple[str, ...], value: str | Literal[True]
) -> Said:
    """Put a value at a path of a session's file."""
    from ..load import edit as files

    changed = edits.change(settings, asker, Path(declared.file), lambda text: files.set_value(text, path, value))
    return Said(file=declared.file, path=".".join(path), value=shown(value), changed=changed)


def shown(value: str | Literal[True]) -> str:
    """Return a value as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else value


def unsay(settings: "Settings", asker: "Asker", declared: "Declared", key: str) -> Said:
    """Take a key and its value out of a session's file; one that is not there needs nothing."""
    from ..load import edit as files

    changed = key in declared.marks and edits.change(
        settings, asker, Path(declared.file), lambda text: files.remove_key(text, (key,))
    )
    return Said(file=declared.file, path=key, value=None, changed=changed)


def _check_ceiling(loaded: "Loaded", declared: "Declared", agent: str, model: str, asker: "Asker") -> None:
    from ..resolve.allowed import above_ceiling

    origin = declared.spec.origin
    profile = offers.profile(loaded, agent)
    for one in dict.fromkeys([asker.origin, origin] if asker.is_ai else [origin]):
        if not (ceiling := above_ceiling(model, one, profile, loaded.fleet.spec)):
            continue
        message = f"cannot set the model of {declared.name}: {model} is above the ceiling of origin {one}, {ceiling}"
        if asker.is_ai:
            raise NotAllowed(message, hint=f"a person may raise origins.{one} in _fleet.yaml", asker=asker.session)
        hint = f"raise origins.{one} in _fleet.yaml, or say `origin: human` in {declared.file}"
        raise InvalidFiles(message, hint=hint)
