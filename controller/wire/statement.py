"""What a keeper says of its session: one small JSON object, in a file and on its socket."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ..model.channel import Channel

VERSION: Final = 1


class State(StrEnum):
    """Where the keeper is. FAILED: the conversation could not be opened. ENDED: the agent is gone."""

    OPENING = "opening"
    READY = "ready"
    CLOSING = "closing"
    FAILED = "failed"
    ENDED = "ended"


class Activity(StrEnum):
    """What the agent does. WAITING: for an answer to a question of permission."""

    IDLE = "idle"
    BUSY = "busy"
    WAITING = "waiting"


class FailureKind(StrEnum):
    """Why an opening failed."""

    REFUSED = "refused"
    """The agent answered with an error where the conversation was to be opened."""
    AUTH = "auth"
    NOT_OFFERED = "not-offered"
    DID_NOT_TAKE = "did-not-take"
    DIED = "died"
    TIMEOUT = "timeout"
    NOT_FOUND = "not-found"
    """The agent's program is not there, or cannot be run."""


class SetBy(StrEnum):
    """Who set the model last."""

    MUSTER = "muster"
    AGENT = "agent"
    FRONT_END = "front-end"
    WISH = "wish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One session as its keeper sees it; times are wall-clock seconds, models are the agent's own values.

    :ivar version: of Muster, when the keeper started.
    :ivar ticks: the keeper's start, as the kernel counts it.
    :ivar kind: of the failure; ``why`` is its sentence.
    :ivar since: when the activity changed last.
    :ivar offered: values and display names.
    :ivar wish: the value that is set before the next prompt is delivered; ``wish_name`` as people write it.
    :ivar queued: prompts that wait.
    :ivar prompted: whether the conversation holds a prompt of ours.
    :ivar turns: how many have ended.
    :ivar used: the model of the last turn, where the agent tells.
    :ivar failed: what the last turn failed with.
    :ivar asks: questions of permission that are open.
    :ivar front_ends: who follows the conversation now.
    :ivar exit: how the agent ended: "exit 3", "signal 9".
    """

    v: int = VERSION
    version: str = ""
    name: str = ""
    nonce: str = ""
    pid: int = 0
    ticks: int = 0
    agent_pid: int | None = None
    state: State = State.OPENING
    kind: FailureKind | None = None
    why: str | None = None
    conversation: str | None = None
    activity: Activity = Activity.IDLE
    since: float = 0.0
    model: str | None = None
    model_at: float | None = None
    model_by: SetBy | None = None
    channel: Channel | None = None
    offered: tuple[tuple[str, str], ...] = ()
    wish: str | None = None
    wish_name: str | None = None
    wish_failed: str | None = None
    queued: int = 0
    prompted: bool = False
    turns: int = 0
    used: str | None = None
    used_at: float | None = None
    failed: str | None = None
    failed_at: float | None = None
    asks: int = 0
    front_ends: int = 0
    exit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: Any) -> "Statement":
        """Read what a keeper wrote, of another version too: unknown words are passed over, missing ones are unsaid.

        :raises ValueError: when it is no statement.
        """
        if not isinstance(value, dict) or not isinstance(value.get("v"), int):
            raise ValueError("not a keeper's statement")  # noqa: TRY004 - a file says something wrong, no caller does
        said = {name: value[name] for name in cls.__slots__ if name in value}
        for name, kind in _WORDS.items():
            if said.get(name) is not None:
                said[name] = kind(said[name])
        said["offered"] = tuple(_pair(one) for one in said.get("offered") or ())
        return cls(**said)


def _pair(said: Any) -> tuple[str, str]:
    """Read a value with its display name."""
    match said:
        case [str(value), str(name)]:
            return value, name
    raise ValueError("not a keeper's statement: what is offered has values and names")


_WORDS: Final[dict[str, type[StrEnum]]] = {
    "state": State,
    "kind": FailureKind,
    "activity": Activity,
    "model_by": SetBy,
    "channel": Channel,
}
