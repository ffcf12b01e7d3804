"""Refusals are told twice: to whoever asked, and in the events, for the people who look after the sessions."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..errors import NotAllowed

if TYPE_CHECKING:
    from ..settings import Settings

_MOST: Final = 500
"""Characters of a reason in the events; an asker chooses some of them."""


@contextmanager
def told(settings: "Settings", asked: str) -> Iterator[None]:
    """Write a refusal of what is done inside into the events, and let it go on to the asker.

    :param asked: the command or tool, without its words: an event holds no secret.
    """
    try:
        yield
    except NotAllowed as refused:
        _tell(settings, asked, refused)
        raise


def _tell(settings: "Settings", asked: str, refused: NotAllowed) -> None:
    from ..errors import MusterError
    from ..model.event import EventType
    from ..model.transaction import Event, Transaction
    from ..record.journal import Journal
    from ..record.store import Store

    if not settings.database.exists():  # a state that is named by a lie is not made for it
        return
    data: dict[str, str | int | float | bool | None] = {"asked": asked, "why": refused.message[:_MOST]}
    event = Event(at=time.time(), type=EventType.REFUSED, session=refused.asker, data=data)
    try:
        with Store(settings.database) as store:
            Journal(store).commit_now(Transaction(events=(event,)))
    except MusterError as error:  # a full disk keeps nothing from being refused
        refused.add_note(error.message)
