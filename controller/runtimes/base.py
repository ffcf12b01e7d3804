"""What every runtime can do; one contract suite holds the fake and the real ones to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from ..errors import MusterError, Starved
from ..model.observed import ProcessIdentity
from ..model.plan import Headless
from ..model.profile import StopStep
from ..model.session import RuntimeKind
from ..model.wish import ModelWish

KILLED: Final = "signal 9"
"""How a process ends that was killed: no program does that to itself."""

NOBODY: Final[Mapping[str, ProcessIdentity]] = MappingProxyType({})


class StartFailed(MusterError):
    """A process did not come up: the sentence carries the system's reason or its last words."""


class AlreadyRunning(StartFailed):
    """The run lock is held: a launcher for this session is at work or its process lives."""


class ResumeRefused(StartFailed):
    """The agent itself said that it does not resume this conversation."""


class Killed(StartFailed):
    """It was killed before it was up, by somebody or for want of memory: that says nothing of what was started."""


class NoRoom(StartFailed, Starved):
    """The machine has no disk, descriptors, processes or memory left for it."""


class NoChannel(MusterError):
    """The agent offers no way to change its model while it runs, or says one thing and does another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOrder:
    """Bring one process up.

    :ivar nonce: this launch; the launcher writes it into the run file, and exits when it is no longer current.
    :ivar env: the whole environment, markers included; secrets are in it, so it never goes on a command line.
    :ivar asked_model: written into the run file, so that a lost state can be rebuilt from run files alone.
    :ivar place: what ``cwd`` has to be with all links followed; ``None`` where it may lead anywhere.
    :ivar resumes: the conversation is an earlier one.
    :ivar tools: the agent is given Muster's own tools, and so a token of its own.
    :ivar headless: what a keeper is told besides, for the ``acp`` runtime.
    """

    name: str
    nonce: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    asked_model: str
    agent: str
    conversation: str | None
    place: str | None = None
    resumes: bool = False
    tools: bool = False
    headless: Headless | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOrder:
    """Bring one process and its members down, by the ladder.

    :ivar process: verified again after the pidfd is open; nothing else is ever signalled.
    :ivar final: no start follows: what a person still sees of it (a dead pane) and its input go too.
    """

    name: str
    process: ProcessIdentity
    ladder: tuple[StopStep, ...]
    final: bool = False


class StopEnd(StrEnum):
    """How a stop ended. ALIVE: the ladder's end was reached and something still lives."""

    GONE = "gone"
    WAS_GONE = "was-gone"
    ALIVE = "alive"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """The end of a stop.

    :ivar left: members that still live although they were signalled; with any of them, ``end`` is ALIVE.
    :ivar seconds: from the first signal to the proof.
    """

    end: StopEnd
    left: tuple[ProcessIdentity, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOrder:
    """Tell a running agent its model over its protocol.

    :ivar before: the name of the model that it was asked last, for the conversation's own record.
    :ivar later: when the next prompt arrives, before it is delivered; the last such order counts.
    :ivar interrupts: a turn that is under way is cancelled first; a model is never changed in its middle.
    """

    name: str
    process: ProcessIdentity
    wish: ModelWish
    before: str | None
    later: bool = False
    interrupts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """What a launcher wrote before it became the agent; a record in its own right (design 3.3)."""

    name: str
    process: ProcessIdentity
    runtime: RuntimeKind
    agent: str
    asked_model: str
    conversation: str | None
    cwd: str


class Runtime(Protocol):
    """How a session's process lives."""

    kind: RuntimeKind

    async def start(self, order: StartOrder) -> ProcessIdentity:
        """Start and return the process as its launcher registered it.

        :raises AlreadyRunning: when the run lock is held.
        :raises StartFailed: when it does not come up.
        """
        ...

    async def stop(self, order: StopOrder) -> StopReport:
        """Walk the ladder until the process and its members are proven gone; a zombie is gone."""
        ...

    async def type(self, name: str, process: ProcessIdentity, line: str, *, into: str | None = None) -> None:
        """Type one line into the session, when the process is verified to be ours.

        :param into: a regular expression that finds the input line on a terminal, its first group what stands in it:
            then only an empty one is typed into, and the line is seen to be taken.
        :raises GuardHolds: when its terminal does not take a line now; nothing was typed.
        :raises MusterError: when it cannot be verified or nothing takes the line.
        """
        ...

    async def set_model(self, order: SetOrder) -> None:
        """Tell the model and return when the agent itself names it, or when the keeper knows it for later.

        :raises GuardHolds: when a turn is under way; nothing was told.
        :raises NoChannel: when the agent offers no way, or named another model afterwards.
        :raises MusterError: when it does not offer the model, or cannot be reached.
        """
        ...

    async def attached(self, processes: Mapping[str, ProcessIdentity] = NOBODY) -> Mapping[str, bool] | None:
        """Return who is watched by a person, by name; ``None`` when that cannot be observed now.

        :param processes: those of some sessions; where all are known at once, more may be told.
        """
        ...

    async def screens(self, processes: Mapping[str, ProcessIdentity]) -> Mapping[str, str]:
        """Return what stands on the terminals of some sessions now, by name; one that cannot be read is left out.

        One question for all of them: it costs little more for a hundred than for one.
        """
        ...

    def attach_argv(self, name: str) -> tuple[str, ...] | None:
        """Return the command that brings a person's terminal to the session; ``None`` when there is none."""
        ...

    def exit_of(self, process: ProcessIdentity) -> str | None:
        """Return how a process ended ("exit 3", "signal 9") when this runtime saw it."""
        ...

    async def last_words(self, name: str, process: ProcessIdentity) -> str:
        """Return the last lines that a process printed, at most a few; empty when none are to be had."""
        ...

    async def close(self) -> None:
        """Let go of what the controller holds; no session ends by it."""
        ...


class WithoutProtocol:
    """What the runtimes have in common that reach their agents by typing alone."""

    async def set_model(self, order: SetOrder) -> None:
        """Refuse.

        :raises NoChannel: always.
        """
        raise NoChannel(f"cannot tell {order.name} its model: it speaks no protocol in this runtime")
