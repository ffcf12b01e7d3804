"""Bring a process up and prove it: spawn, live past the settle time, work on the right conversation."""

import re
import uuid
from dataclasses import dataclass
from typing import Final

from .. import log
from ..errors import MusterError
from ..model.observed import ProcessIdentity
from ..model.plan import Launch
from ..model.profile import Profile
from ..model.record import SessionRecord
from ..runtimes.base import KILLED, AlreadyRunning, Killed, NoRoom, ResumeRefused, StartFailed, StartOrder
from . import environment, place, take_down
from .ports import Ports

_LOOK_SECONDS: Final = 0.1

_NAMES_SECONDS: Final = 10.0
"""For an agent to name the conversation that it resumed, on a busy machine; mostly it has within its settle time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """A process that came up.

    :ivar conversation: what it works on: told to it, or reported by it where the agent mints ids.
    :ivar unseen: it was to go on with one, and has not said so: what it names later may be another.
    """

    process: ProcessIdentity
    conversation: str | None
    unseen: bool = False


def new_nonce() -> str:
    """Return a fresh name for one launch."""
    return uuid.uuid4().hex


async def spawn(name: str, launch: Launch, nonce: str, ports: Ports) -> ProcessIdentity:
    """Start the process, and return it as its launcher registered it.

    :raises MusterError: when the environment cannot be built or the process does not come up.
    """
    order = StartOrder(
        name=name,
        nonce=nonce,
        argv=launch.argv,
        env=environment.build(launch, name=name, nonce=nonce, inherited=ports.environ, places=ports.places),
        cwd=launch.cwd,
        place=place.judged(name, launch),
        asked_model=launch.model,
        agent=launch.agent,
        conversation=launch.conversation,
        resumes=launch.resumes,
        tools=launch.tools,
        headless=launch.headless,
    )
    return await ports.runtimes[launch.runtime].start(order)


async def settle(name: str, launch: Launch, process: ProcessIdentity, ports: Ports) -> Up:
    """Wait out the settle time, then make sure that the process works on the conversation it was given.

    :raises StartFailed: when it died, or went its own way with another conversation (facts/other-agents.md, trap 2).
    """
    profile = ports.profile(launch.agent)
    ready = launch.headless is not None  # its keeper had the agent's own word before the start returned
    if not ready and (await ports.gone(process, profile.settle) or await _gave_up(name, process, profile, ports)):
        raise await _died(name, launch, process, profile, ports)
    conversation, unseen = await _conversation(name, launch, process, ports)
    return Up(process=process, conversation=conversation, unseen=unseen)


async def _gave_up(name: str, process: ProcessIdentity, profile: Profile, ports: Ports) -> bool:
    """Wait until the agent speaks or has ended; one that takes longer than it may is believed."""
    end = ports.clock().boot + profile.speaks_within
    while ports.clock().boot < end and not await ports.eyes.speaks(name):
        if await ports.gone(process, _LOOK_SECONDS):
            return True
    return False


async def _died(name: str, launch: Launch, process: ProcessIdentity, profile: Profile, ports: Ports) -> StartFailed:
    """Say how it ended and what it said last; a refusal to resume is told from other failures by the agent's words."""
    runtime = ports.runtimes[launch.runtime]
    how, words = runtime.exit_of(process) or "it ended", await runtime.last_words(name, process)
    said = f": {words.splitlines()[-1]}" if words else ""
    message = f"cannot start {name} on {launch.model}: {how} within {profile.settle + profile.speaks_within:g} s{said}"
    if launch.resumes and any(re.search(refusal, words, re.MULTILINE) for refusal in profile.refusals):
        return ResumeRefused(message)
    return Killed(message) if how == KILLED else StartFailed(message)


async def _conversation(name: str, launch: Launch, process: ProcessIdentity, ports: Ports) -> tuple[str | None, bool]:
    profile, over_protocol = ports.profile(launch.agent), launch.headless is not None
    if not profile.tells_conversation and not over_protocol:
        return launch.conversation, False
    keeps = profile.goes_on_with_its_own or over_protocol
    names_it = launch.resumes and keeps and profile.registry is not None
    if names_it and await _ended_unnamed(name, process, ports):
        raise await _died(name, launch, process, profile, ports)
    reported = await ports.eyes.conversation(name)
    if launch.resumes and keeps and reported not in {None, launch.conversation}:
        raise ResumeRefused(f"cannot resume {name}: the agent started another conversation ({reported})")
    return reported or launch.conversation, names_it and reported is None and not over_protocol


async def _ended_unnamed(name: str, process: ProcessIdentity, ports: Ports) -> bool:
    """Wait until the agent names its conversation or has ended; believed too early, what it names later would count."""
    end = ports.clock().boot + _NAMES_SECONDS
    while ports.clock().boot < end and await ports.eyes.conversation(name) is None:
        if await ports.gone(process, _LOOK_SECONDS):
            return True
    return False


async def _spawn_clear(
    name: str, launch: Launch, nonce: str, ports: Ports, before: ProcessIdentity | None
) -> ProcessIdentity:
    """Start; where leftovers of a process that ended by itself hold its run lock, end them and start once more."""
    try:
        return await spawn(name, launch, nonce, ports)
    except AlreadyRunning:
        if before is None:
            raise
        left = SessionRecord(name=name, agent=launch.agent, runtime=launch.runtime, process=before)
        await take_down.stop(left, ports, final=False)
        return await spawn(name, launch, nonce, ports)


async def try_up(
    name: str, launch: Launch, nonce: str, ports: Ports, before: ProcessIdentity | None = None
) -> Up | MusterError:
    """Spawn and settle; a failure is returned, because what comes next is the caller's to decide.

    :param before: the last process, when it ended by itself.

    Whatever is left of a start that failed is ended: it would hold the run lock, or write to another conversation.
    """
    try:
        try:
            process = await _spawn_clear(name, launch, nonce, ports, before)
        except OSError as error:
            raise NoRoom(f"cannot start {name}: {error.strerror or error}") from error
        try:
            return await settle(name, launch, process, ports)
        except MusterError:
            told = SessionRecord(name=name, agent=launch.agent, runtime=launch.runtime, process=process)
            await take_down.stop(told, ports, final=False)
            raise
    except MusterError as error:
        kind = next((kind for kind in (ResumeRefused, Killed, NoRoom) if isinstance(error, kind)), MusterError)
        return kind(log.scrub(error.message), hint=error.hint)  # it goes into events and status (law 14)
