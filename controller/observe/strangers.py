"""Agents that are not ours: the slow look at the whole machine, for start-up, doubt and a slow timer."""

import os
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from ..model.observed import ProcessIdentity, Stranger
from ..model.profile import Profile
from ..resolve.models import normalise
from ..runtimes.census import Snapshot, look, members
from .command_line import read
from .match import agent_of, named, without_wrappers
from .places import place
from .processes import Row, Surroundings, began, scan, surroundings
from .registry import RegistryEye
from .reported import reported


def strangers(
    profiles: Mapping[str, Profile], ours: Iterable[ProcessIdentity], conversations: Collection[str]
) -> tuple[Stranger, ...]:
    """Return the living agents that are neither ours nor a part of ours. Blocking: call it in a thread.

    :arg ours: the processes of records and run files; their sessions, groups and descendants are ours as well.
    :arg conversations: the ids of our sessions' conversations, looked for on command lines.
    """
    return tuple(stranger for _, _, stranger in found(profiles, ours, conversations))


def found(
    profiles: Mapping[str, Profile], ours: Iterable[ProcessIdentity], conversations: Collection[str]
) -> tuple[tuple[Row, Surroundings, Stranger], ...]:
    """Return the same with what was seen of each process."""
    seen = look()
    there: dict[int, tuple[Row, Surroundings, Stranger]] = {}
    for row in scan(seen, _belonging(ours, seen)):
        agent = agent_of(row, profiles)
        around = surroundings(row) if agent else None
        if agent and around:
            there[row.identity.pid] = row, around, _stranger(row, around, profiles[agent], conversations)
    left = without_wrappers((row, stranger) for row, _, stranger in there.values())
    return tuple((*there[stranger.identity.pid][:2], stranger) for stranger in left)


def _belonging(ours: Iterable[ProcessIdentity], seen: Snapshot) -> frozenset[int]:
    pids = {os.getpid()}
    for leader in ours:
        if (row := seen.rows.get(leader.pid)) and seen.identity(row.pid).same(leader):
            pids |= {leader.pid, *(member.pid for member in members(leader, seen))}
    return frozenset(pids)


def _stranger(row: Row, around: Surroundings, profile: Profile, conversations: Collection[str]) -> Stranger:
    environ = {"HOME": _home_of(around.owner)} | (around.environ or {})
    where = place(profile, around.cwd, {}, environ)
    # What the agent says itself counts before its command line: people change conversations inside a process.
    entry = RegistryEye(profile, where, row.identity, began).look()
    said = read(profile, row.argv or ())
    conversation = (entry.conversation if entry else None) or named(row.argv, conversations)
    return Stranger(
        identity=row.identity,
        agent=profile.name,
        owner=around.owner,
        cwd=around.cwd,
        conversation=conversation or said.conversation or reported(profile, where, row.identity),
        terminal=around.terminal,
        model=normalise(said.model, profile) if said.model else None,
        began=_began(row.identity.pid),
    )


def _began(pid: int) -> float:
    try:
        return began(pid)
    except OSError:
        return 0.0


@lru_cache(maxsize=256)
def _home_of(owner: str) -> str:
    """Return a person's home, for processes that do not show their environment."""
    import pwd

    try:
        return pwd.getpwnam(owner).pw_dir
    except KeyError:
        return ""
