"""Conversations that two files would share: where a directory is the conversation, one session may run in it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from ..model.problem import Code, Problem
from ..model.profile import Minted
from ..model.session import RunState, SessionSpec
from .cross import directory_of
from .fleet import FleetWord
from .word import Word


def shared(
    words: Iterable[Word], fleet: FleetWord, here: Callable[[SessionSpec], bool]
) -> Iterator[tuple[str, Problem]]:
    """Give an error for each file whose session would write to the conversation of another's.

    :param words: the words in force.
    :param here: whether a session counts on this host.
    """
    alone = {name for name, profile in fleet.profiles.items() if profile.conversation is Minted.DIRECTORY}
    claims: dict[tuple[str, str], list[Word]] = defaultdict(list)
    for word in words:
        spec = word.spec
        agent = (spec.agent or fleet.fleet.spec.defaults.agent or "") if spec else ""
        if spec and agent in alone and spec.state is RunState.RUNNING and here(spec):
            claims[agent, str(directory_of(spec.cwd))].append(word)
    for (agent, directory), claim in claims.items():
        for word in claim if len(claim) > 1 else ():
            other = next(one.name for one in claim if one is not word)
            message = f"cannot run in {directory}: {other} runs there, and {agent} has one conversation a directory"
            hint = "give each a cwd of its own, or write state: stopped in one of them"
            yield (
                word.file,
                Problem(
                    mark=word.mark("cwd"), code=Code.SHARED_DIRECTORY, message=message, hint=hint, session=word.name
                ),
            )
