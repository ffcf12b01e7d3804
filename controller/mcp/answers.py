"""What the tools answer: values with a schema, so that a model and a program read the same."""

from typing import Any

from pydantic import BaseModel, Field

from ..loop.picture import Picture
from ..model.status import SessionStatus
from ..views.status import entry


class Session(BaseModel):
    """One session as it is."""

    name: str
    parent: str | None = Field(description="The session that started it; null when a person did.")
    origin: str | None = Field(description="Who asked for it: human or ai.")
    agent: str | None
    runtime: str | None
    model: str | None = Field(description="The model that it should be on.")
    model_from: str | None = Field(description="Which rule decided the model: session, tier, origin, ...")
    model_asked: str | None = Field(description="The model that its process was last told; null before a start.")
    model_observed: str | None = Field(description="The model that its agent itself last reported.")
    state: str = Field(description="verified and unverified are well; starting and pending are on their way.")
    message: str = Field(description="Why it is in this state.")
    activity: str = Field(description="busy, waiting (for an answer to a question), idle, background or unknown.")
    running: bool


class Sessions(BaseModel):
    """Sessions, and which of them is the caller's."""

    you: str
    sessions: list[Session]


class Layer(BaseModel):
    """One rule that may decide a session's model, and what it says."""

    layer: str
    said: str | None
    model: str | None
    source: str | None = Field(description="Where it is written.")
    note: str | None
    wins: bool


class Explanation(BaseModel):
    """Why a session is on its model: every rule, highest first; the first that speaks wins."""

    session: Session
    layers: list[Layer]
    ceiling: str | None = Field(description="The origin's ceiling, where it lowered the word that won.")
    trouble: str | None = Field(description="Why there is no such model, where there is none.")


class Sent(BaseModel):
    """A prompt that was taken."""

    session: str
    queued: bool = Field(description="It waits for its turn; false where it was typed into a terminal.")


class Waited(BaseModel):
    """How a wait ended."""

    reached: bool = Field(description="Whether it is now as it was waited for; if not, wait again or ask why.")
    why: str | None = Field(description="Why it was not reached.")
    session: Session


def session_of(status: SessionStatus, picture: Picture) -> Session:
    """Return a session's status as the tools answer it."""
    said: dict[str, Any] = entry(status)
    declared = picture.loaded.sessions.get(status.name)
    return Session(
        name=status.name,
        parent=declared.spec.parent if declared else None,
        model=said["desired"]["model"],
        model_from=said["desired"]["layer"],
        model_asked=said["asked"]["model"],
        model_observed=said["observed"]["model"],
        running=status.pid is not None,
        **{key: said[key] for key in ("origin", "agent", "runtime", "state", "message", "activity")},
    )
