"""One switch of the model, and its line in the conversation."""

from dataclasses import dataclass

from ...model.wish import ModelWish
from ...wire.statement import SetBy
from .journal import Journal
from .talk import Talk


@dataclass(frozen=True, slots=True)
class Wished:
    """A model that is to be set.

    :ivar before: the model that was wished for until now, by the name people write.
    """

    wish: ModelWish
    before: str | None = None


async def switched(talk: Talk, journal: Journal, wished: Wished, by: SetBy) -> None:
    """Set the model and say so; when it was set already, nothing is said.

    :raises RpcError: when it does not come to be; see ``Talk.set_model``.
    :raises ConnectionError: when the agent has gone.
    """
    if await talk.set_model(wished.wish, by):
        name = wished.wish.name
        journal.note(
            "status",
            status_type="model_switch",
            text=f"Switching model to {name}",
            from_model=wished.before,
            to_model=name,
        )
