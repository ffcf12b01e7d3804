"""A chat command from its line to its reply: what is known is looked up, and its edit made as every other is."""

from typing import TYPE_CHECKING, assert_never

from ..doors import edits, joining, offers, reading, who
from . import asking, editing, set_model
from .console import Console

if TYPE_CHECKING:
    from ..commands.answer import Known
    from ..loop.controller import Controller
    from ..model.command import Edit
    from ..settings import Settings


def look(settings: "Settings", name: str, reported: tuple[str, ...] = ()) -> "Known":
    """Return what is known of a session now.

    :param reported: what its agent itself says that it offers.
    :raises MusterError: when no file declares it, or its agent has no profile.
    """

    async def known(controller: "Controller") -> "Known":
        from ..commands.answer import Known
        from ..model.scalars import choice_for
        from ..resolve.lasting import lasting, with_word

        loaded = await joining.settled(controller)
        declared = reading.session(loaded, name)
        agent = offers.agent_of(loaded, name)
        profile = offers.profile(loaded, agent)
        (status,) = joining.statuses(await controller.look({name}))
        return Known(
            status=status,
            profile=profile,
            aliases=loaded.fleet.spec.aliases,
            lasting=lambda word: lasting(with_word(declared, agent, word), loaded, profile),
            own=choice_for(declared.spec.model, agent),
            reported=reported,
        )

    return joining.looking(settings, known)


def carry_out(settings: "Settings", name: str, edit: "Edit", console: Console) -> int:
    """Make an edit; return the exit code of what it waits for.

    :raises MusterError: as ``set-model``, ``reset-model`` and ``fresh`` do.
    :raises NotAllowed: as they do, when an AI asks.
    """
    from ..model.command import Reset, SetModel
    from ..model.control import Ask, RequestKind

    loaded = reading.loaded(settings)
    declared = reading.session(loaded, name)
    match edit:
        case SetModel(model=model):
            set_model.set_session(settings, loaded, declared, model, console)
        case Reset(model=model, conversation=conversation):
            if conversation:  # before anything is changed: half of it would be told as nothing
                edits.unless_ai(who.who(settings), "leave a conversation behind")
            if model:
                editing.remove_key(settings, declared, "model", console)
            if conversation:
                return asking.tell(settings, Ask(kind=RequestKind.FRESH, sessions=(name,)), console)
        case never:
            assert_never(never)
    editing.what_next(settings, console)
    return 0
