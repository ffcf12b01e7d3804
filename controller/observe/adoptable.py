"""Agents that this person runs without a file: what would have to be written down to take each of them in."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..model.clock import Now
from ..model.observed import Activity, Guest, Observed, Presence, ProcessIdentity, Stranger
from ..model.profile import Profile
from ..resolve.models import offered
from . import command_line
from .case import Case
from .guests import guest_of, person
from .presence import Standing
from .processes import Row, Surroundings
from .session_eye import SessionEye, Subject
from .strangers import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoptable:
    """One process.

    :ivar model: the name people write of what it is on, as far as anybody can say.
    :ivar args: words of its command line that go on mattering.
    :ivar left_out: flags of it that cannot be written down.
    :ivar env: variables that say where it keeps its conversations, where that is not where ours would.
    :ivar trouble: why no file can stand for it.
    """

    process: Stranger
    guest: Guest
    conversation: str | None
    model: str | None
    activity: Activity
    args: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    env: Mapping[str, str]
    trouble: str | None = None


def adoptable(
    profiles: Mapping[str, Profile],
    ours: Iterable[ProcessIdentity],
    taken: Collection[str],
    aliases: Mapping[str, str],
    now: Now,
) -> tuple[Adoptable, ...]:
    """Return the agents of this person, in this home, that no session stands for. Blocking: it looks at every process.

    An agent in another home (a container, a trial) keeps its conversations where ours would not find them.

    :arg ours: processes of sessions; what stems from them is theirs.
    :arg taken: conversations of sessions.
    """
    home = os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111 - compared as text
    return tuple(
        _adoptable(row, around, process, profiles[process.agent], aliases, now)
        for row, around, process in found(profiles, ours, ())
        if process.owner == person()
        and around.environ is not None
        and os.path.realpath(around.environ.get("HOME", "")) == home
        and process.conversation not in taken
    )


def _adoptable(
    row: Row, around: Surroundings, process: Stranger, profile: Profile, aliases: Mapping[str, str], now: Now
) -> Adoptable:
    eye = SessionEye(Subject(profile, process.cwd, {}), around.environ or {})
    case = Case("", None, profile.name, process.conversation, process.cwd, None, {})
    seen = eye.look(case, Standing(Presence.RUNNING, process.identity), now, fresh=True)
    guest, said = guest_of(process), command_line.read(profile, row.argv or ())
    model = guest.on(seen.model)
    return Adoptable(
        process=process,
        guest=guest,
        conversation=process.conversation,
        model=offered(model, profile, aliases) if model else None,
        activity=seen.activity,
        args=said.args,
        left_out=said.left_out,
        env=_env(profile, around.environ or {}),
        trouble=_trouble(process, seen, model, profile, aliases),
    )


def _env(profile: Profile, environ: Mapping[str, str]) -> dict[str, str]:
    variable = profile.home.env if profile.home else None
    if variable is None or environ.get(variable) in {None, os.environ.get(variable)}:
        return {}
    return {variable: environ[variable]}


def _trouble(
    process: Stranger, seen: Observed, model: str | None, profile: Profile, aliases: Mapping[str, str]
) -> str | None:
    if process.cwd is None:
        return "its directory cannot be seen"
    if process.conversation is None:
        return f"which conversation it works on cannot be seen: {profile.name} does not show it"
    if seen.conversation is None and seen.prompted is False and not profile.tells_conversation:
        return f"there is no transcript of the conversation {process.conversation} that its command line names"
    if model and offered(model, profile, aliases) is None:
        return f"its model {model} is none that the profile offers"
    return None
