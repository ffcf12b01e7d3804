"""Whether whoever runs a command may: asked once, before the command does anything; refusals become events."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, assert_never

from ..model.right import Right
from . import places

if TYPE_CHECKING:
    from ..model.asker import Asker
    from .verbs import Verb


@contextmanager
def held(verb: "Verb", args: argparse.Namespace) -> Iterator[None]:
    """Hold what is run inside to the rights of who runs it.

    :raises NotAllowed: when an AI runs what it may not, or nobody can tell who runs it.
    """
    if verb.right is Right.ANYONE or (verb.only_with and not getattr(args, verb.only_with)):
        yield
        return
    from ..doors import edits, refusing, who

    settings = places.settings(args)
    with refusing.told(settings, verb.name):
        asker = who.who(settings)
        match verb.right:
            case Right.PERSON:
                edits.unless_ai(asker, f"run `muster {verb.name}`")
            case Right.KIN:
                _over_nobody(asker, args)
                edits.require_kin(settings, asker, _names(args))
            case Right.LIMITS:
                pass  # the door itself judges
            case never:
                assert_never(never)
        yield


def _names(args: argparse.Namespace) -> list[str]:
    """Return the sessions that a command is about."""
    return list(args.names) if hasattr(args, "names") else [args.name]


def _over_nobody(asker: "Asker", args: argparse.Namespace) -> None:
    """Refuse to an AI what takes a person's word: to interrupt a turn, or to type over a question."""
    from ..doors import edits

    for option in ("now", "force"):
        if getattr(args, option, False):
            edits.unless_ai(asker, f"do it with --{option}")
