"""From a command and what is known of its session to an edit and a reply."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from ..model.command import Choice, Command, Edit, Reply, Reset, SetModel, Word
from ..model.desired import LayerName, Resolution
from ..model.profile import Profile
from ..model.status import SessionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a session when a command for it comes.

    :ivar aliases: the fleet's.
    :ivar lasting: what the files would give it with this word of its own, or without one; overrides left out.
    :ivar own: its own word now, ``None`` where its file says none.
    :ivar reported: what the agent itself offers at this moment, where it was asked.
    """

    status: SessionStatus
    profile: Profile
    aliases: Mapping[str, str]
    lasting: Callable[[str | None], Resolution]
    own: str | None
    reported: tuple[str, ...] = ()


def answer(command: Command, known: Known, *, clears: bool = False) -> Reply:
    """Return what a command changes and what is answered.

    :param clears: in this channel ``/reset`` leaves the conversation behind as well.
    """
    reply = Reply(command=command, status=known.status, lasting=known.lasting(known.own))
    match command.word:
        case Word.STATUS:
            return reply
        case Word.MODEL:
            return _set(reply, known, command.model) if command.model else replace(reply, choices=_choices(known))
        case Word.LOCAL:
            return _set(reply, known, Word.LOCAL.value)
        case Word.CLOUD:
            return _cloud(reply, known)
        case Word.RESET:
            return _reset(reply, known, conversation=clears)
        case never:
            assert_never(never)


def _set(reply: Reply, known: Known, word: str) -> Reply:
    then = known.lasting(word)
    if _meant(then) is None:
        hint = f"name one: `aliases: {{{word}: MODEL}}` in _fleet.yaml" if word == Word.LOCAL else None
        return _refused(reply, known, f"cannot use {word!r}: {known.profile.name} does not offer it", hint)
    if then.ceiling or then.model is None:
        ceiling = f"it is above {then.ceiling}, the ceiling of origin {known.status.origin}"
        hint = "a person raises the ceiling, or takes the session as theirs"
        return _refused(reply, known, f"cannot use {word!r}: {ceiling if then.ceiling else then.trouble}", hint)
    return _edited(reply, then, None if word == known.own else SetModel(word))


def _cloud(reply: Reply, known: Known) -> Reply:
    """Go to what is called so; where nothing is, undo ``/local``, and no other word of a person."""
    if _meant(known.lasting(Word.CLOUD)):
        return _set(reply, known, Word.CLOUD.value)
    local = _meant(known.lasting(Word.LOCAL))
    if local and known.own and _meant(reply.lasting) == local:
        return _reset(reply, known, conversation=False)
    return reply


def _reset(reply: Reply, known: Known, *, conversation: bool) -> Reply:
    edit = Reset(model=known.own is not None, conversation=conversation)
    return _edited(reply, known.lasting(None), edit if edit.model or edit.conversation else None)


def _edited(reply: Reply, then: Resolution, edit: Edit | None) -> Reply:
    return replace(reply, lasting=then, edit=edit)


def _refused(reply: Reply, known: Known, why: str, hint: str | None) -> Reply:
    return replace(reply, choices=_choices(known), refused=why, hint=hint)


def _meant(found: Resolution) -> str | None:
    """Return the model that the session's own word means to its agent, ``None`` when it offers none such."""
    return next(layer.model for layer in found.layers if layer.name is LayerName.SESSION)


def _choices(known: Known) -> tuple[Choice, ...]:
    """Return what the session may be set to: what its profile lists, and what the agent reports and a file may say."""
    named = [*(entry.name for entry in known.profile.models.offered), *known.reported]
    models = dict.fromkeys(filter(None, (_meant(known.lasting(word)) for word in named)))
    now = known.status.resolution.model if known.status.resolution else None
    words = _words(known)
    return tuple(
        Choice(model=model, words=words.get(model, ()), current=model == now)
        for model in models
        if known.lasting(model).model == model
    )


def _words(known: Known) -> dict[str, tuple[str, ...]]:
    """Return what else names each model: the agent's classes and aliases, then the fleet's own."""
    models = known.profile.models
    aliases = [alias for entry in models.offered for alias in entry.aliases]
    words: dict[str, tuple[str, ...]] = {}
    for word in dict.fromkeys([*models.classes, *aliases, *known.aliases]):
        if (model := _meant(known.lasting(word))) and model != word:
            words[model] = (*words.get(model, ()), word)
    return words
