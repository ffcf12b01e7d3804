"""The plan: a closed union of actions, why they are there, and what holds them back.

An action decides; a reason explains and nothing is ever decided by it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .problem import Problem
from .profile import Acp
from .record import Fingerprint
from .session import Permissions, RuntimeKind
from .wish import ModelWish


class Strategy(StrEnum):
    """How a session comes to its model, in the words of ``plan --json``."""

    START = "start"
    IN_PLACE = "in-place"
    RESTART = "restart"
    FRESH = "fresh"
    STOP = "stop"
    NONE = "none"


class Reason(StrEnum):
    """Why an action is planned; for people only."""

    IN_SYNC = "in-sync"
    UNVERIFIED = "unverified"
    NEW = "new"
    CRASHED = "crashed"
    DOWN = "down"
    STOPPED_BY_FILE = "stopped-by-file"
    ALREADY_STOPPED = "already-stopped"
    MODEL_CHANGED = "model-changed"
    EFFORT_CHANGED = "effort-changed"
    SETTINGS_CHANGED = "settings-changed"
    DIRECTORY_CHANGED = "directory-changed"
    AGENT_CHANGED = "agent-changed"
    DRIFTED = "drifted"
    FALLBACK = "fallback"
    REFUSED = "refused"
    FILE_GONE = "file-gone"
    RELEASED = "released"
    ASKED_BY_PERSON = "asked-by-person"
    SUSPENDED = "suspended"
    INVALID = "invalid"
    ELSEWHERE = "elsewhere"


class Guard(StrEnum):
    """The closed list of what can hold an action back, in the order in which they are asked."""

    SUSPENDED = "suspended"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    FOREIGN = "foreign"
    ADOPTED = "adopted"
    CONFLICT = "conflict"
    PARKED = "parked"
    BACK_OFF = "back-off"
    UNAVAILABLE = "unavailable"
    NOT_INSTALLED = "not-installed"
    UNRESUMABLE = "unresumable"
    CANNOT_SWITCH = "cannot-switch"
    DELETE_GRACE = "delete-grace"
    SOURCE = "source"
    BUSY = "busy"
    WAITING = "waiting"
    BACKGROUND = "background"
    ACTIVITY_UNKNOWN = "activity-unknown"
    SETTLING = "settling"
    ATTACHED = "attached"
    NEXT_PROMPT = "next-prompt"
    MASS_CHANGE = "mass-change"
    RUNNING_LIMIT = "running-limit"
    STARTS_LIMIT = "starts-limit"
    ROLLOUT = "rollout"


WAITING_GUARDS = frozenset(
    {Guard.BUSY, Guard.WAITING, Guard.BACKGROUND, Guard.ACTIVITY_UNKNOWN, Guard.SETTLING, Guard.ATTACHED}
    | {Guard.NEXT_PROMPT}
)
"""The guards over which ``--now`` and ``update`` may speak (law 2); never the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A line of the conversation's own record that is nobody's turn.

    :ivar kind: its stable word: ``model_switch``, ``session_fresh`` or ``resume_failed``.
    """

    kind: str
    text: str
    from_model: str | None = None
    to_model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Headless:
    """What a keeper is told besides the launch.

    :ivar wish: the model that is set once the conversation is open; ``None`` when no model is known.
    :ivar tools: the command line of the server of Muster's own tools, empty where the agent is given none.
    :ivar prompt: said when the conversation begins.
    :ivar notices: what the conversation's record says of this launch.
    """

    wish: ModelWish | None
    acp: Acp
    permissions: Permissions
    tools: tuple[str, ...] = ()
    prompt: str | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a session of origin ``ai`` may not, as far as it can become another between the judgement and the start.

    :ivar names: expressions for names of variables that its ``env_file`` may not set.
    :ivar within: the directories of which it has to run in one, as they are written; ``None`` for any.
    """

    names: tuple[str, ...]
    within: tuple[str, ...] | None

    def refused(self, names: Iterable[str]) -> list[str]:
        """Return those names that may not be set."""
        return [name for name in names if any(re.fullmatch(rule, name, re.IGNORECASE) for rule in self.names)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """All that is needed to bring a process up; one builder makes it for start and resume.

    :ivar argv: complete; ``{conversation}`` and all else filled in.
    :ivar env: what the profile and the file add, without the controller's environment.
    :ivar conversation: the id to create or to resume; ``None`` when the agent mints it.
    :ivar resumes: the argv resumes an earlier conversation.
    :ivar mends: the wrong model that the agent reported and that this start is to put right; goes into the record.
    :ivar tools: the agent is given Muster's own tools, and so a token that says which session it is.
    :ivar headless: for the ``acp`` runtime, else ``None``.
    :ivar needs: names that its environment must have.
    :ivar bounds: of a session of origin ``ai``, else ``None``.
    """

    agent: str
    runtime: RuntimeKind
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    env_file: str | None
    cwd: str
    model: str
    effort: str | None
    conversation: str | None
    generation: int
    resumes: bool
    fingerprint: Fingerprint
    mends: str | None = None
    tools: bool = False
    headless: Headless | None = None
    needs: tuple[str, ...] = ()
    bounds: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Start:
    """Nothing runs: bring it up.

    :ivar fresh: the launch of a new conversation, where the file allows it when resume is refused.
    """

    launch: Launch
    fresh: Launch | None = None


@dataclass(frozen=True, slots=True)
class Restart:
    """Stop, prove it gone, start again with the conversation.

    :ivar back: the launch on the model that worked, when the new one does not come up.
    :ivar fresh: the launch of a new conversation, where the file allows it when resume is refused.
    :ivar parks: why the launch is not on the desired model, and what was desired (``parked_for``): the session is
        parked with both when it is up.
    """

    launch: Launch
    back: Launch | None
    fresh: Launch | None
    parks: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SwitchInPlace:
    """Tell the running agent; the same process goes on.

    :ivar told: the line that is typed, or what is told over the protocol.
    :ivar fingerprint: what is desired besides the model; with it a switch that fails is parked for what was desired.
    :ivar deferred: the keeper is told, and tells the agent when the next prompt arrives.
    :ivar interrupts: a turn that is under way is cancelled for it.
    :ivar mends: the wrong model that the agent names and that this is to put right; goes into the record.
    :ivar instead: the restart for when the agent turns out to have no way to change its model.
    """

    model: str
    told: str | ModelWish
    fingerprint: Fingerprint
    deferred: bool = False
    interrupts: bool = False
    mends: str | None = None
    instead: Restart | None = None


@dataclass(frozen=True, slots=True)
class StartFresh:
    """Stop what runs, if anything, and leave the conversation behind: said loudly."""

    launch: Launch


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the process; the conversation stays on disk."""


Doing = Start | SwitchInPlace | Restart | StartFresh | Stop


@dataclass(frozen=True, slots=True)
class Hold:
    """An action held back.

    :ivar guard: which guard holds it.
    :ivar sentence: why, for people ("busy for 12 s; waits for idle").
    """

    held: Doing
    guard: Guard
    sentence: str


Action = Leave | Doing | Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done with one session.

    :ivar reason: for people; nothing is decided by it.
    :ivar detail: the reason in a sentence, with the values that differ; never a secret.
    :ivar from_model: what the process was asked to use; ``None`` when nothing runs.
    """

    session: str
    action: Action
    reason: Reason
    detail: str
    from_model: str | None = None
    to_model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One change a session, sorted by name, with all problems of the files.

    :ivar plan_id: random, for people and for single use.
    :ivar digest: of what is decided, without activity and time: equal digests are equal plans.
    """

    plan_id: str
    digest: str
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...] = ()
    revision: str | None = None
