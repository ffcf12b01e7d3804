"""What the wire must show of a turn; pure, so that each demand is seen to fail without any agent."""

from collections.abc import Iterator, Sequence
from typing import Any

from .model_server import mind

Request = dict[str, Any]


def faults(turn: Request, told: Sequence[str], model: str) -> Iterator[str]:
    """Say what is wrong with a turn's request: its model, or what it carries of the conversation so far.

    :param told: the tags of the turns that were answered, oldest first.
    """
    if turn["model"] != model:
        yield f"the wire carries {turn['model']}, not {model}"
    for who, said, wanted in (
        ("the person", turn["users"], list(told)),
        ("the agent", turn["assistants"], [mind.answer_to(tag) for tag in told]),
    ):
        seen = [tag for tag in mind.tags(said) if tag in wanted]
        if lost := [tag for tag in wanted if tag not in seen]:
            yield f"what {who} said is lost: {lost}"
        elif seen != wanted:
            yield f"what {who} said is in another order: {seen}, not {wanted}"


def strays(requests: Sequence[Request], since: int, model: str) -> Iterator[str]:
    """Name the requests after a switch that carry another model: the old process would still be at work.

    :param since: the number of the last request before the switch.
    """
    for one in requests:
        if one["id"] > since and one["model"] != model:
            yield f"request {one['id']} after the switch to {model} carries {one['model']}"
