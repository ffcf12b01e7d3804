"""Which processes are agents, and which agent: pure rules over rows.

What may not be seen neither fits nor fails a rule, but at least one rule must be seen to fit.
"""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from ..model.observed import Stranger
from ..model.profile import Identify, Profile
from .processes import Row


def agent_of(row: Row, profiles: Mapping[str, Profile]) -> str | None:
    """Return the agent that a process is, by the first profile that fits."""
    line = None if row.argv is None else " ".join(row.argv)
    return next((name for name, profile in profiles.items() if fits(row, line, profile.identify)), None)


def fits(row: Row, line: str | None, rules: Identify) -> bool:
    """Tell whether a process is one of those that a profile identifies; all lists that are given must match."""
    if line is not None and any(re.search(pattern, line) for pattern in rules.not_argv):
        return False
    judged = [
        _among(row.name, rules.names),
        _like(row.exe, rules.executables),
        _found(line, rules.argv),
    ]
    return False not in judged and True in judged


def _among(name: str | None, names: list[str]) -> bool | None:
    return None if name is None or not names else name in names


def _like(exe: str | None, patterns: list[str]) -> bool | None:
    return None if not exe or not patterns else any(fnmatchcase(exe, pattern) for pattern in patterns)


def _found(line: str | None, patterns: list[str]) -> bool | None:
    return None if line is None or not patterns else all(re.search(pattern, line) for pattern in patterns)


def named(argv: Iterable[str] | None, conversations: Container[str]) -> str | None:
    """Return the conversation of interest that a command line names: a word, or a part of one (``--resume=ID``)."""
    for word in argv or ():
        for said in (word, word.rpartition("=")[2], *re.split("[^A-Za-z0-9-]+", word)):
            if said in conversations:
                return said
    return None


def without_wrappers(found: Iterable[tuple[Row, Stranger]]) -> tuple[Stranger, ...]:
    """Return the strangers without those that only wrap another one, which tells what its wrapper told.

    A wrapper and its program are one agent: they are on the same conversation, or one of them does not say. What an
    agent starts on a conversation of its own is another agent.
    """
    left: dict[int, Stranger] = {}
    for row, stranger in sorted(found, key=lambda one: one[0].identity.ticks):
        outer = left.get(row.parent)
        conversation = stranger.conversation
        if outer is not None and outer.agent == stranger.agent and _agree(outer.conversation, conversation):
            del left[row.parent]
            conversation = conversation or outer.conversation
        left[row.identity.pid] = replace(stranger, conversation=conversation)
    return tuple(left[pid] for pid in sorted(left))


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
