"""What one file of ``sessions.d`` declares, and what a change of each field means."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from .base import FileValue
from .scalars import ConversationId, Duration, ModelChoice, SessionName


class Origin(StrEnum):
    """Who asked for the session."""

    HUMAN = "human"
    AI = "ai"


class RuntimeKind(StrEnum):
    """How a session's process lives."""

    PROCESS = "process"
    TMUX = "tmux"
    ACP = "acp"
    PANE = "pane"
    """A person's own tmux pane, where an adopted process lives; never written in a file."""


class RunState(StrEnum):
    """Whether the session should have a process."""

    RUNNING = "running"
    STOPPED = "stopped"


class When(StrEnum):
    """When a switch or restart may happen."""

    IDLE = "idle"
    NOW = "now"
    NEXT_PROMPT = "next-prompt"


class Then(StrEnum):
    """What happens when a wait has reached its end."""

    HOLD = "hold"
    INTERRUPT = "interrupt"


class WhenAttached(StrEnum):
    """Whether a person at the terminal holds a switch back."""

    HOLD = "hold"
    ALLOW = "allow"


class Resume(StrEnum):
    """Whether the conversation may be left behind."""

    REQUIRED = "required"
    AUTO = "auto"
    NEVER = "never"


class Drift(StrEnum):
    """What happens when somebody changes the model inside the session."""

    REPORT = "report"
    REVERT = "revert"


class OnDelete(StrEnum):
    """What the disappearance of the file does."""

    STOP = "stop"
    LEAVE = "leave"


class Children(StrEnum):
    """What the stop of a session does to those that it spawned."""

    KEEP = "keep"
    STOP = "stop"
    """They are stopped as well, and theirs, for as long as it is."""


class Unavailable(StrEnum):
    """What happens when the agent does not offer the model."""

    HOLD = "hold"
    KEEP = "keep"


class UseInstead(FileValue):
    """A model to use when the agent does not offer the desired one."""

    use: str


class Update(FileValue):
    """When a switch or restart may happen."""

    when: When = When.IDLE
    wait_at_most: Duration | None = None
    """How long a hold may last before ``then`` speaks; seconds, or a text such as ``10m``."""
    then: Then = Then.HOLD
    attached: WhenAttached = WhenAttached.HOLD


class Policy(StrEnum):
    """What happens when a headless agent asks for permission."""

    ASK = "ask"
    """Whoever is at a front end answers; nobody in time is a no."""
    ALLOW = "allow"
    DENY = "deny"


class Permissions(FileValue):
    """How a headless agent's requests for permission are answered."""

    policy: Policy = Policy.ASK
    timeout: Duration = 600.0
    """How long a question may wait for somebody; seconds, or a text such as ``10m``."""


def _host_list(value: object) -> object:
    """Accept one host, one label map or a list of either, as people write them."""
    return [value] if isinstance(value, (str, dict)) else value


_HOST: Final = {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}

Hosts = Annotated[
    list[str | dict[str, str]],
    BeforeValidator(_host_list),
    WithJsonSchema({"anyOf": [*_HOST["anyOf"], {"type": "array", "items": _HOST}]}),
]


class SessionSpec(FileValue):
    """One session as its file declares it. ``None`` means "not said here"."""

    name: SessionName | None = None
    """Identity; the file's stem when it is not said."""
    agent: str | None = None
    """The profile of the program that carries the session; else the fleet's default."""
    tier: str | None = None
    """A tier of _fleet.yaml; it gives the session its model when the file says none."""
    origin: Origin = Origin.HUMAN
    """Who asked for the session."""
    model: ModelChoice | None = None
    """The session's own word, above every default: a model, an alias or a class (fast, balanced, powerful)."""
    effort: str | None = None
    """Reasoning effort, for agents that have one."""
    runtime: RuntimeKind | None = None
    """How the process lives; else the profile's default."""
    cwd: str | None = None
    """Where it runs; else the home directory. A conversation belongs to its directory."""
    args: list[str] = []
    """More words of the command line."""
    env: dict[str, str] = {}
    """More environment; secrets belong in env_file."""
    env_file: str | None = None
    """A file of NAME=value lines; never printed, never on a command line."""
    conversation: ConversationId | None = None
    """The agent's id of an earlier conversation that the session begins with; of no meaning later."""
    prompt: str | None = None
    """Said once, on the very first start."""
    hosts: Hosts | None = None
    """Host names or label maps; on other hosts the session counts as absent. Every host when it is not said."""
    state: RunState = RunState.RUNNING
    """Whether the session should have a process."""
    suspend: bool = False
    """Hands off: observed and reported, never touched."""
    update: Update = Update()
    """When a switch or restart may happen."""
    resume: Resume | None = None
    """Whether the conversation may be left behind; else required for origin human, auto for ai."""
    unavailable: Unavailable | UseInstead = Unavailable.HOLD
    """What to do when the agent does not offer the model."""
    permissions: Permissions = Permissions()
    """How requests for permission are answered where there is no terminal (runtime acp)."""
    mcp: bool | None = None
    """The agent is given Muster's own tools, to start and steer sessions of its own; else the fleet's default."""
    drift: Drift | None = None
    """What to do when somebody changes the model inside the session; else report for origin human, revert for ai."""
    on_delete: OnDelete = OnDelete.STOP
    """What the disappearance of the file does."""
    parent: str | None = None
    """The session that spawned this one."""
    children: Children | None = None
    """What its stop does to the sessions that it spawned; else the fleet's default."""
    labels: dict[str, str] = {}
    """Free labels."""

    @property
    def resume_policy(self) -> Resume:
        """The file's word, else required for a person's session and auto for an AI's (design 2.1)."""
        return self.resume or (Resume.REQUIRED if self.origin is Origin.HUMAN else Resume.AUTO)

    @property
    def drift_policy(self) -> Drift:
        """The file's word, else report for a person's session and revert for an AI's (design 2.1)."""
        return self.drift or (Drift.REPORT if self.origin is Origin.HUMAN else Drift.REVERT)


class Means(StrEnum):
    """What a change of a field does to a session that runs (design 2.1, the last column)."""

    IDENTITY = "identity"
    FRESH = "fresh"
    SWITCH = "switch"
    RESTART = "restart"
    LIFECYCLE = "lifecycle"
    NOTHING = "nothing"


MEANING: Final[dict[str, Means]] = {
    "name": Means.IDENTITY,
    "agent": Means.FRESH,
    "cwd": Means.FRESH,
    "model": Means.SWITCH,
    "effort": Means.SWITCH,
    "runtime": Means.RESTART,
    "args": Means.RESTART,
    "env": Means.RESTART,
    "env_file": Means.RESTART,
    "permissions": Means.RESTART,
    "mcp": Means.RESTART,
    "hosts": Means.LIFECYCLE,
    "state": Means.LIFECYCLE,
    "tier": Means.NOTHING,
    "origin": Means.NOTHING,
    "conversation": Means.NOTHING,
    "prompt": Means.NOTHING,
    "suspend": Means.NOTHING,
    "update": Means.NOTHING,
    "resume": Means.NOTHING,
    "unavailable": Means.NOTHING,
    "drift": Means.NOTHING,
    "on_delete": Means.NOTHING,
    "parent": Means.NOTHING,
    "children": Means.NOTHING,
    "labels": Means.NOTHING,
}
"""The one table of what a change of a field means; a field that is not in it fails the tests."""

FINGERPRINT_VERSION: Final = 2
"""Raised when the list or the normal form of compared fields changes; another version restarts nothing (law 10)."""
