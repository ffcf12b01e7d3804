"""What Muster remembers of a session, and what it writes down before it acts."""

from enum import StrEnum
from hashlib import blake2b
from typing import Final

from .base import StoredValue
from .clock import Moment
from .observed import ProcessIdentity
from .session import Resume, RuntimeKind

GIVE_UP_AFTER: Final = 6
"""Failures in a row without a stable time; then the session is parked until its file changes or a person retries."""


class Fingerprint(StoredValue):
    """The values of the restart-relevant fields that a process was started with (law 10).

    A fingerprint of another version is taken over silently: an upgrade restarts nothing.
    """

    version: int
    fields: dict[str, str]
    """Field name to normal form; environment values only as digests."""


class LocalOverride(StoredValue):
    """This host's temporary layer above everything, set by a person's command and kept in the state."""

    model: str
    until: float
    """Wall-clock seconds; from then on it is silent."""
    reason: str | None = None


class OneShot(StrEnum):
    """What a person asked for once."""

    RESTART = "restart"
    FRESH = "fresh"
    STOP = "stop"
    """Of a session whose file is gone: at once, past the grace of deleting."""


class SessionRecord(StoredValue):
    """The durable memory of one session."""

    name: str
    agent: str | None = None
    runtime: RuntimeKind | None = None
    process: ProcessIdentity | None = None
    """The process we started; kept until its end is proven."""
    ended: ProcessIdentity | None = None
    """The last process, which ended by itself: what it left behind may still hold the run lock."""
    conversation: str | None = None
    generation: int = 0
    """Counts conversations; with it the ids that we mint are the same in every plan of one world."""
    asked_model: str | None = None
    """The name people write, as the process was told it."""
    asked_effort: str | None = None
    asked_at: float = 0.0
    """Wall-clock seconds of the last start or switch; older observations of the model say nothing."""
    launched: Fingerprint | None = None
    cwd: str | None = None
    """Where the conversation belongs."""
    where: str | None = None
    """The place of a process that a person started, or of what followed it there. Without a runtime it cannot be
    replaced there, and is never signalled."""
    last_good_model: str | None = None
    """The last model on which a process lived past its settle time."""
    answered_model: str | None = None
    """The last model that the provider was seen to answer on; a refused one goes back to it."""
    verified_model: str | None = None
    """The last model that the agent itself reported after ``asked_at``."""
    observed_model: str | None = None
    observed_at: float = 0.0
    mends: str | None = None
    """The wrong model that the last restart was to put right; cleared at ``model_verified``. Reported again, the
    session is parked (law 12)."""
    prompted: bool = False
    """A person's turn was seen: from then on the conversation is worth keeping."""
    unseen: bool = False
    """Nobody lived to see its start through: if the first conversation that it names is another one than it was to go
    on with, no person chose that."""
    started: Moment | None = None
    failures: int = 0
    """Starts and crashes that went wrong since the last stable time."""
    retry_at: Moment | None = None
    last_error: str | None = None
    parked: str | None = None
    """Why nothing is tried any more; until the desired state changes or a person says retry."""
    parked_for: str | None = None
    """What was desired when it was parked (model and fingerprint digest)."""
    parked_resume: Resume | None = None
    """Whether its file allowed a new conversation, as it was first seen after the parking."""
    wanted: OneShot | None = None
    """What a person asked for once, not yet done."""
    absent_since: Moment | None = None
    """Since when its file has been gone."""
    pending_since: Moment | None = None
    """Since when a change has been held."""
    leave: bool = False
    """Its file's last word on deletion was ``leave``; kept here, because the file cannot be asked when it is gone."""
    released: bool = False
    """The file is gone and said ``on_delete: leave``: the process is no longer ours to touch."""
    revision: str | None = None
    """The git revision of the files when it was last changed."""


class Operation(StrEnum):
    """What an intent is about to do."""

    START = "start"
    RESTART = "restart"
    FRESH = "fresh"
    STOP = "stop"
    SWITCH = "switch"


class Intent(StoredValue):
    """Written durably before the first signal of an operation, and closed with its outcome.

    After a crash the controller looks for a process with this nonce: found, it is taken over as started with what
    stands here; not found, the world as it is decides.
    """

    id: str
    name: str
    operation: Operation
    nonce: str
    after: SessionRecord
    """The record as it will be when the operation has succeeded, without the process."""
    from_model: str | None = None
    wall: float = 0.0


class RolloutState(StoredValue):
    """How the switches of the present files have gone so far."""

    last: Moment | None = None
    """When the last switch or restart ended."""
    failures: int = 0
    """Failures in a row."""
    refusals: int = 0
    """Sessions that came up on what is new, and could not stay: only a turn showed that it is not given to them."""
    halted: bool = False
    digest: str = ""
    """Of the files that it is about; other files let a halted rollout go on."""


def wanted_key(model: str | None, effort: str | None, fingerprint: Fingerprint) -> str:
    """Return what is desired as a short digest: a parked session is tried again when it changes (``parked_for``)."""
    fields = sorted(fingerprint.fields.items())
    return blake2b(repr((model, effort, fields)).encode(), digest_size=16).hexdigest()
