"""Real processes: the embedded agent is seen as it is, strangers are found, and ours never are."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from controller.model.clock import Now
from controller.model.observed import Activity, Observed, Presence, Stranger
from controller.model.profile import Identify
from controller.model.record import SessionRecord
from controller.observe.case import Around
from controller.observe.executables import executable, executables, version_of
from controller.observe.eyes import Eyes
from controller.observe.strangers import strangers
from controller.runtimes.identity import boot_id, identify
from controller.settings import self_spawn
from tests.unit.profiles.reading import demo
from tests.waiting import wait_for

PROFILES = {"demo": demo()}
Agent = subprocess.Popen[bytes]


def now() -> Now:
    return Now(wall=time.time(), boot=time.monotonic(), boot_id=boot_id())


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Agent]]:
    """Start the embedded agent in a home of this test's own; every one of them ends with the test."""
    monkeypatch.setenv("MUSTER_DEMO_HOME", str(tmp_path / "agent"))
    monkeypatch.setenv("MUSTER_DEMO_THINK", "0.3")
    (tmp_path / "work").mkdir()
    with ExitStack() as stack:

        def agent(*args: str, wrap: tuple[str, ...] = ()) -> Agent:
            program = subprocess.Popen(
                [*wrap, *self_spawn("embedded-agent", *args)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=tmp_path / "work",
                start_new_session=True,
            )
            stack.enter_context(program)
            stack.callback(end, program)
            return program

        yield agent


def end(program: Agent) -> None:
    """End it with all that it started; its own group is a proof while it has not been reaped."""
    if program.poll() is None:
        os.killpg(program.pid, signal.SIGKILL)


def record(agent: Agent, conversation: str, cwd: Path) -> SessionRecord:
    return SessionRecord(name="s", agent="demo", process=identify(agent.pid), conversation=conversation, cwd=str(cwd))


def say(agent: Agent, text: str) -> None:
    assert agent.stdin
    agent.stdin.write(f"{text}\n".encode())
    agent.stdin.flush()


def test_a_real_agent_is_seen_through_its_life(start: Callable[..., Agent], tmp_path: Path) -> None:
    """Idle, busy, answered on its model, moved to another, killed: each is seen as it is."""
    conversation = str(uuid.uuid4())
    agent = start("--model", "maxi", "--session-id", conversation)
    eyes = Eyes(lambda _name: None)
    known = record(agent, conversation, tmp_path / "work")

    def look() -> Observed:
        return eyes.look({"s": known}, PROFILES, {}, now=now())["s"]

    def reported() -> str | None:
        model = look().model
        return model.name if model else None

    wait_for(lambda: look().activity is Activity.IDLE, what="the agent to be idle")
    assert (look().prompted, look().conversation) == (False, conversation)
    say(agent, "take 1 seconds")
    wait_for(lambda: look().activity is Activity.BUSY, what="the agent to be busy")
    wait_for(lambda: reported() == "maxi", what="the reply's model")
    assert look().prompted is True
    say(agent, "/model mini")
    wait_for(lambda: reported() == "mini", what="the model of the change")
    say(agent, "ask me")
    wait_for(lambda: look().activity is Activity.WAITING, what="the agent to ask")
    agent.kill()  # not reaped yet: a zombie is gone
    wait_for(lambda: look().presence is Presence.ABSENT, what="the agent to be gone")
    assert reported() == "mini"


def seen(*conversations: str, ours: tuple[Agent, ...] = ()) -> list[Stranger]:
    identities = [identity for agent in ours if (identity := identify(agent.pid))]
    return list(strangers(PROFILES, identities, conversations))


def stranger(agent: Agent, conversation: str) -> Stranger:
    """Wait until an agent shows itself with a conversation."""
    there = wait_for(
        lambda: [one for one in seen(conversation) if one.identity.pid == agent.pid and one.conversation],
        what="the stranger",
    )
    return there[0]


def test_a_stranger_is_found_with_its_conversation(start: Callable[..., Agent], tmp_path: Path) -> None:
    conversation = str(uuid.uuid4())
    agent = start("--session-id", conversation)

    one = stranger(agent, conversation)

    assert (one.agent, one.conversation, one.cwd) == ("demo", conversation, str(tmp_path / "work"))
    assert one.owner


def session_of(pid: int) -> int:
    """The session of a process, 0 for none; somebody else's on this machine may end meanwhile."""
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def test_ours_is_no_stranger(start: Callable[..., Agent]) -> None:
    """Neither is what it started."""
    inside = 'exec 3<&0; "$@" <&3 & wait'  # without input the agent would end at once
    ours, nested, other = start(), start(wrap=("sh", "-c", inside, "sh")), start()

    def sessions(*mine: Agent) -> set[int]:
        return {session_of(one.identity.pid) for one in seen(ours=mine)} & {ours.pid, nested.pid, other.pid}

    wait_for(lambda: len(sessions()) == 3, what="all of them to be seen")
    assert sessions(ours, nested) == {other.pid}


def test_a_process_that_took_our_pid_is_a_stranger(start: Callable[..., Agent]) -> None:
    agent = start()
    identity = identify(agent.pid)
    assert identity
    stale = identity.model_copy(update={"ticks": identity.ticks - 1})

    wait_for(
        lambda: any(one.identity.pid == agent.pid for one in strangers(PROFILES, [stale], ())), what="the stranger"
    )


def test_a_stranger_without_a_registry_is_known_by_its_words(start: Callable[..., Agent]) -> None:
    conversation = str(uuid.uuid4())
    agent = start("--session-id", conversation)
    silent = {"demo": demo().model_copy(update={"registry": None})}

    there = wait_for(
        lambda: [one for one in strangers(silent, [], {conversation}) if one.identity.pid == agent.pid],
        what="the stranger",
    )

    assert there[0].conversation == conversation


def test_a_stranger_on_our_conversation_stands_beside_our_session(start: Callable[..., Agent], tmp_path: Path) -> None:
    """A second writer would destroy the conversation (law 3)."""
    conversation = str(uuid.uuid4())
    other = start("--session-id", conversation)
    one = stranger(other, conversation)
    known = SessionRecord(name="s", agent="demo", conversation=conversation, cwd=str(tmp_path / "work"))

    def company() -> tuple[Stranger, ...]:
        return (
            Eyes(lambda _name: None).look({"s": known}, PROFILES, {}, Around(strangers=[one]), now=now())["s"].strangers
        )

    assert [there.identity.pid for there in company()] == [other.pid]
    other.kill()
    wait_for(lambda: not company(), what="the stranger to be gone")


def test_a_wrapper_and_its_agent_are_one_stranger(tmp_path: Path) -> None:
    """Both carry the words; the inner one is the agent."""
    stub = tmp_path / "stub-parrot"
    stub.write_text("#!/bin/sh\nread x\n")
    stub.chmod(0o755)
    wrapper = tmp_path / "outer-parrot"
    wrapper.write_text(f'#!/bin/sh\n"{stub}" "$@"\n:\n')
    wrapper.chmod(0o755)
    profile = demo().model_copy(
        update={"name": "stub", "registry": None, "identify": Identify(argv=[r"-parrot .*--id c-12"])}
    )
    with subprocess.Popen([wrapper, "--id", "c-12345678"], stdin=subprocess.PIPE) as outer:

        def found() -> list[Stranger]:
            return list(strangers({"stub": profile}, [], {"c-12345678"}))

        wait_for(lambda: [one for one in found() if one.identity.pid != outer.pid], what="the inner one")
        assert [(one.identity.pid == outer.pid, one.conversation) for one in found()] == [(False, "c-12345678")]
        outer.communicate(b"\n")


def test_the_embedded_agent_is_muster_itself() -> None:
    profile = demo()
    program = executable(profile)

    assert program is not None
    assert program[0] == sys.executable
    assert version_of(profile, program) == "1.0.0"


def test_an_executable_is_found_along_path_and_its_link_keeps_its_name(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text("#!/bin/sh\necho parrot 2.3.4-beta\n")
    real.chmod(0o755)
    (tmp_path / "parrot").symlink_to(real)
    profile = demo().model_copy(update={"executables": ["cockatoo", "parrot"]})
    missing = demo().model_copy(update={"executables": ["cockatoo"]})

    places = executables({"parrot": profile, "cockatoo": missing}, str(tmp_path))

    assert places == {"parrot": (str(tmp_path / "parrot"),), "cockatoo": None}
    assert version_of(profile, (str(tmp_path / "parrot"),)) == "2.3.4-beta"
    assert version_of(profile, (str(tmp_path / "none"),)) is None
