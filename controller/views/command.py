"""Replies to chat commands, for people and for the channels that carry them."""

from typing import Any, assert_never

from ..model.command import Choice, Edit, Reply, Reset, SetModel, Word
from ..model.desired import LayerName, Resolution
from . import SCHEMA_VERSION
from .status import activity_word, entry
from .text import safe, table


def as_text(reply: Reply) -> str:
    """Return a reply as it is shown in a chat: a sentence, and the choices where they were asked for."""
    if reply.refused:
        head = [f"{reply.refused}; {reply.hint}" if reply.hint else reply.refused]
    elif reply.command.word is Word.STATUS:
        head = _status(reply)
    else:
        head = [_edited(reply) if reply.edit or reply.command.model else _now(reply)]
    return "\n".join([*map(safe, head), *_choices(reply.choices)])


def as_json(reply: Reply) -> dict[str, Any]:
    """Return the document of ``command --json``; ``text`` is what a channel shows."""
    winner = reply.lasting.winner
    return {
        "schema_version": SCHEMA_VERSION,
        "command": reply.command.word.value,
        "text": as_text(reply),
        "refused": reply.refused,
        "edit": _edit(reply.edit),
        "model": reply.lasting.model,
        "layer": winner.name.value if winner else None,
        "source": str(winner.mark) if winner and winner.mark else None,
        "choices": [{"model": one.model, "words": one.words, "current": one.current} for one in reply.choices],
        "session": entry(reply.status),
    }


def _edit(edit: Edit | None) -> dict[str, Any] | None:
    match edit:
        case None:
            return None
        case SetModel(model=model):
            return {"kind": "set-model", "model": model}
        case Reset(model=model, conversation=conversation):
            return {"kind": "reset", "model": model, "conversation": conversation}
        case never:
            assert_never(never)


def _now(reply: Reply) -> str:
    """Say where it stands: nothing was to be changed."""
    resolution = reply.status.resolution or reply.lasting
    told = f"{reply.status.name} is on {_told(resolution)}"
    if reply.command.word is not Word.MODEL:
        told += ": nothing changes"
    elif reply.status.asked_model not in {None, resolution.model}:
        told += f"; its process is still on {reply.status.asked_model}: {reply.status.message}"
    return told + _meanwhile(reply)


def _edited(reply: Reply) -> str:
    name = reply.status.name
    match reply.edit:
        case None:
            return f"{name} has {reply.lasting.model} as its own word already{_meanwhile(reply)}"
        case SetModel():
            return f"{name} is set to {reply.lasting.model}, its own word from now on{_meanwhile(reply)}"
        case Reset(model=model, conversation=conversation):
            back = "goes back to" if model else "stays on"
            left = "; its conversation is left behind, a new one begins" if conversation else ""
            return f"{name} {back} {_told(reply.lasting)}{left}{_meanwhile(reply)}"
        case never:
            assert_never(never)


def _told(found: Resolution) -> str:
    """Say a model and who says so."""
    winner = found.winner
    if winner is None:
        return f"no model: {found.trouble}"
    who = "its own word" if winner.name is LayerName.SESSION else f"layer {winner.name}"
    parts = [who, *([str(winner.mark)] if winner.mark else []), *([winner.note] if winner.note else [])]
    parts += [f"lowered to {found.ceiling} by the ceiling of its origin"] if found.ceiling else []
    parts += [found.trouble] if found.trouble else []
    return f"{found.model or 'no model'} ({', '.join(parts)})"


def _meanwhile(reply: Reply) -> str:
    """Say what is above the files' word for now."""
    now = reply.status.resolution
    if now is None or now.winner is None or now.winner.name is not LayerName.OVERRIDE:
        return ""
    shown = reply.edit is None and reply.command.model is None
    files = f"the files say {reply.lasting.model}" if shown else f"it stays on {_told(now)} meanwhile"
    return f"; {files}"


def _status(reply: Reply) -> list[str]:
    status = reply.status
    rows = [("  model", _told(status.resolution or reply.lasting))]
    rows += [("  asked", status.asked_model)] if status.asked_model else []
    rows += [("  observed", status.observed.name)] if status.observed else []
    rows += [("  activity", activity_word(status.activity))] if status.pid is not None else []
    return [f"{status.name} is {status.state}: {status.message}", *table(rows)]


def _choices(choices: tuple[Choice, ...]) -> list[str]:
    return table([(f"{'>' if one.current else ' '} {one.model}", ", ".join(one.words)) for one in choices])
