"""What the machine shows: processes, activity, models; and the third state, "cannot observe"."""

from dataclasses import dataclass
from enum import StrEnum

from .base import StoredValue
from .channel import Channel
from .session import RuntimeKind


class Presence(StrEnum):
    """Whether a session's process is there. UNKNOWN never means absent."""

    RUNNING = "running"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Activity(StrEnum):
    """What the agent is doing. NONE: it has no source of activity, and counts as idle."""

    BUSY = "busy"
    WAITING = "waiting"
    IDLE = "idle"
    BACKGROUND = "background"
    UNKNOWN = "unknown"
    NONE = "none"


class ProcessIdentity(StoredValue):
    """Which process is meant, for ever: a pid alone is reused, and create times move with the clock."""

    boot_id: str
    pid: int
    ticks: int
    """Start time in clock ticks since boot (field 22 of /proc/PID/stat; elsewhere the best that the system has)."""
    nonce: str = ""
    """The launch that made it; empty for strangers."""

    def same(self, other: "ProcessIdentity") -> bool:
        """Tell whether both name one process; the nonce is evidence, not identity."""
        return (self.boot_id, self.pid, self.ticks) == (other.boot_id, other.pid, other.ticks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedModel:
    """A model as the agent itself reported it.

    :ivar raw: the id in the agent's words.
    :ivar name: the name people write, after normalisation; the raw id when no rule fits.
    :ivar at: wall-clock seconds of the report; 0 when the agent does not say.
    :ivar fallback: the provider's own choice, which is never drift.
    """

    raw: str
    name: str
    at: float = 0.0
    fallback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A process of an agent that is not ours.

    :ivar owner: the user's name, empty when it cannot be seen.
    :ivar conversation: the conversation it works on, when that can be seen.
    :ivar model: the name people write of the model on its command line.
    :ivar began: wall-clock seconds of its start, 0 when not known.
    """

    identity: ProcessIdentity
    agent: str
    owner: str = ""
    cwd: str | None = None
    conversation: str | None = None
    terminal: str | None = None
    model: str | None = None
    began: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A process that a person started and that carries a session, because the session's file names its conversation.

    :ivar runtime: how it can be replaced where it is; ``None`` when it cannot: then it is never signalled.
    :ivar where: its place, for people ("pane %3 of its tmux").
    :ivar model: as on its command line.
    :ivar began: wall-clock seconds of its start: what it reported before says nothing about it.
    """

    runtime: RuntimeKind | None
    where: str
    model: str | None = None
    began: float = 0.0

    def on(self, reported: ObservedModel | None) -> str | None:
        """Return the model that it is on: its own report, then its command line, then what was reported before it."""
        own = reported is not None and reported.at > self.began
        return reported.name if reported and (own or self.model is None) else self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperSays:
    """What the keeper of a headless session says, besides activity and conversation.

    :ivar model: what the agent itself names as its model now; ``at`` is when that was set.
    :ivar told: the model is the one that Muster told last, not a choice of the agent or of a front end.
    :ivar channel: ``None`` before it is known.
    :ivar offered: values and display names of the models that the agent offers.
    :ivar wish: the name people write of the model that is set when the next prompt arrives.
    :ivar failed: why setting it failed; the prompt waits.
    :ivar queued: prompts that wait.
    """

    model: ObservedModel | None = None
    told: bool = False
    channel: Channel | None = None
    offered: tuple[tuple[str, str], ...] = ()
    wish: str | None = None
    failed: str | None = None
    queued: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One session as it stands on the machine.

    :ivar idle_for: seconds that the activity has been stable; 0 when it cannot be known.
    :ivar attached: somebody used a terminal on it within ten minutes.
    :ivar conversation: what the agent itself says it works on; it may differ from what it was told.
    :ivar strayed: another one that it says it works on, though nobody saw it go on with its own (``record.unseen``).
    :ivar prompted: whether the transcript holds a person's turn; ``None`` when it cannot be seen.
    :ivar refused: wall-clock seconds of the newest turn when the provider refused its model, 0 when it did not.
    :ivar asks_for_model: it waits for a person because of that refusal: another model is an answer.
    :ivar pinned: the model that its conversation keeps whatever it is started with, by the name people write.
    :ivar known: the models that the agent knows here besides those it offers; ``None`` where it takes any word.
    :ivar keeper: of a session that a keeper carries, once it says something.
    :ivar strangers: living processes that are not ours, on this conversation.
    :ivar leased: ours does not run, and some process holds the agent's own lock of this conversation.
    :ivar guest: the process was started by a person; said until it is remembered.
    :ivar exit: how the process ended, when that is known ("exit 3", "signal 9").
    :ivar detail: why something is unknown.
    """

    name: str
    presence: Presence = Presence.ABSENT
    process: ProcessIdentity | None = None
    activity: Activity = Activity.UNKNOWN
    idle_for: float = 0.0
    attached: bool = False
    model: ObservedModel | None = None
    conversation: str | None = None
    strayed: str | None = None
    prompted: bool | None = None
    refused: float = 0.0
    asks_for_model: bool = False
    pinned: str | None = None
    known: frozenset[str] | None = None
    keeper: KeeperSays | None = None
    strangers: tuple[Stranger, ...] = ()
    leased: bool = False
    guest: Guest | None = None
    exit: str | None = None
    detail: str | None = None
