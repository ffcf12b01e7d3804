"""The embedded agent, run as the real program it is: on a pipe that never ends, and on a terminal."""

import json
import os
import pty
import signal
import subprocess
import sys
import termios
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.waiting import DEADLINE, wait_for

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-P", "-m", "controller.agents.embedded"]


class Agent:
    """One running agent and what it leaves on disk."""

    def __init__(self, home: Path, process: subprocess.Popen[bytes], keyboard: int) -> None:
        self.process = process
        self.keyboard = keyboard
        self.entry_path = home / "sessions" / f"{process.pid}.json"

    def say(self, line: str) -> None:
        os.write(self.keyboard, f"{line}\n".encode())

    def entry(self) -> dict[str, Any]:
        """Read the registry; empty while or when there is none."""
        try:
            entry: dict[str, Any] = json.loads(self.entry_path.read_text())
        except FileNotFoundError:
            return {}
        return entry

    def wait_until(self, status: str) -> dict[str, Any]:
        wait_for(lambda: self.entry().get("status") == status)
        return self.entry()

    def exit_code(self) -> int:
        return self.process.wait(DEADLINE)


class World:
    """A home, a directory to work in, and the agents started there."""

    def __init__(self, root: Path) -> None:
        self.home, self.cwd = root / "home", root / "work.dir"
        self.output = root / "output"
        self.cwd.mkdir(parents=True)
        demo = {"MUSTER_DEMO_HOME": str(self.home), "MUSTER_DEMO_THINK": "0"}
        self.environment = {**os.environ, **demo, "PYTHONPATH": str(REPOSITORY)}
        self.agents: list[Agent] = []
        self._descriptors: list[int] = []

    def run(self, *argv: str, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run to the end of what is said."""
        return subprocess.run(
            [*PROGRAM, *argv],
            input=said,
            capture_output=True,
            text=True,
            cwd=self.cwd,
            env=self.environment | environment,
            timeout=DEADLINE,
            check=False,
        )

    def stand(self, *argv: str, **environment: str) -> Agent:
        """Start with a FIFO that never ends as stdin and a file as stdout."""
        fifo = self.output.with_name("fifo")
        os.mkfifo(fifo)
        keyboard = self._keep(os.open(fifo, os.O_RDWR))
        output = self._keep(os.open(self.output, os.O_WRONLY | os.O_APPEND | os.O_CREAT))
        return self._start(keyboard, output, keyboard, *argv, **environment)

    def stand_on_terminal(self, *argv: str) -> tuple[Agent, int]:
        """Start on a terminal of its own; return the terminal too."""
        ours, theirs = map(self._keep, pty.openpty())
        return self._start(theirs, theirs, ours, *argv), theirs

    def records(self, conversation: str) -> list[dict[str, Any]]:
        """Read a transcript, wherever it is, without its header."""
        paths = list(self.home.glob(f"projects/*/{conversation}.jsonl"))
        lines = [line for path in paths for line in path.read_text().splitlines()]
        return [record for record in map(json.loads, lines) if record["type"] != "meta"]

    def close(self) -> None:
        for agent in self.agents:
            agent.process.kill()
            agent.process.wait()
        for descriptor in self._descriptors:
            os.close(descriptor)

    def _start(self, stdin: int, stdout: int, keyboard: int, *argv: str, **environment: str) -> Agent:
        environment = self.environment | environment
        command = [*PROGRAM, *argv]
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=stdout,
            cwd=self.cwd,
            env=environment,
            start_new_session=True,
        )
        self.agents.append(Agent(self.home, process, keyboard))
        return self.agents[-1]

    def _keep(self, descriptor: int) -> int:
        self._descriptors.append(descriptor)
        return descriptor


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def conversation() -> str:
    return str(uuid.uuid4())


def test_models_are_listed_cheapest_first(world: World) -> None:
    """What is offered can be asked, one id a line."""
    assert world.run("--list-models").stdout == "mini-1\nmidi-1\nmaxi-1\n"


def test_registry_names_the_living_process(world: World, conversation: str) -> None:
    """The entry proves its process by pid and start time, and names its conversation."""
    agent = world.stand("--session-id", conversation)

    entry = agent.wait_until("idle")

    stat = Path(f"/proc/{agent.process.pid}/stat")
    ticks = int(stat.read_text().rpartition(")")[2].split()[19]) if stat.exists() else None
    expected = {"pid": agent.process.pid, "procStart": ticks, "sessionId": conversation, "cwd": str(world.cwd)}
    assert {key: entry[key] for key in expected} == expected


def test_session_without_a_prompt_leaves_no_transcript(world: World, conversation: str) -> None:
    """A conversation exists from its first prompt on; before, a clean end leaves nothing at all."""
    world.run("--session-id", conversation)

    assert not list(world.home.glob("*/*"))
    assert world.run("--resume", conversation).stderr == f"no conversation found with session ID: {conversation}\n"
    assert world.run("--session-id", conversation).returncode == 0


def test_turn_is_busy_then_kept_then_idle(world: World, conversation: str) -> None:
    """Idle means that the answer is kept, under the id of the model and not its alias."""
    agent = world.stand("--session-id", conversation, "--model", "maxi")
    agent.wait_until("idle")

    agent.say("the cat is Tom take 1 second")
    agent.wait_until("busy")
    agent.wait_until("idle")

    user, assistant = world.records(conversation)
    assert (user["type"], user["text"]) == ("user", "the cat is Tom take 1 second")
    assert (assistant["type"], assistant["model"]) == ("assistant", "maxi-1")
    assert assistant["text"] in world.output.read_text()


def test_first_prompt_is_answered_before_stdin(world: World) -> None:
    """The positional prompt is a turn like any other."""
    said = world.run("hello there").stdout.splitlines()

    assert said[1:] == ["[midi-1] I will remember: hello there"]


def test_resume_knows_the_earlier_words_on_the_new_model(world: World, conversation: str) -> None:
    """A resume keeps the conversation and takes the model it is asked for."""
    world.run("--session-id", conversation, said="the cat is Tom\nthe dog is Rex\n")

    said = world.run("--resume", conversation, "--model", "maxi", said="what did I tell you?\n").stdout

    assert said.splitlines() == [
        f"resumed {conversation}: 4 earlier messages, model maxi-1",
        "[maxi-1] You told me: the cat is Tom; the dog is Rex",
    ]


def test_half_written_line_is_passed_over_and_kept(world: World, conversation: str) -> None:
    """What a crash left is never truncated, and never eats the next record."""
    world.run("--session-id", conversation, said="the cat is Tom\n")
    (path,) = world.home.glob("projects/*/*.jsonl")
    before = path.read_bytes() + b'{"type":"assistant","text":"\xc3'
    path.write_bytes(before)

    said = world.run("--resume", conversation, said="recall\n").stdout

    assert "You told me: the cat is Tom" in said
    assert path.read_bytes().startswith(before + b'\n{"type":"user"')


def test_conversation_belongs_to_its_directory(world: World, conversation: str, tmp_path: Path) -> None:
    """From another directory the conversation cannot be resumed."""
    world.run("--session-id", conversation, said="hello\n")
    world.cwd = tmp_path

    assert world.run("--resume", conversation).returncode == 1


def test_id_in_use_is_refused(world: World, conversation: str) -> None:
    """Creating never writes into a conversation that exists."""
    world.run("--session-id", conversation, said="hello\n")

    again = world.run("--session-id", conversation, said="hello\n")

    assert (again.returncode, again.stderr) == (1, f"session ID {conversation} is already in use\n")


@pytest.mark.parametrize(
    "argv, code, sentence",
    [
        (["--model", "giga"], 2, "unknown model: giga"),
        (["--session-id", "42"], 1, "invalid session ID: 42"),
        (["--resume", "../../etc"], 1, "invalid session ID: ../../etc"),
        (["--resume", str(uuid.UUID(int=1)), "--session-id", str(uuid.UUID(int=1))], 2, "not allowed with argument"),
    ],
    ids=["model", "session-id", "resume", "both"],
)
def test_nonsense_is_refused(world: World, argv: list[str], code: int, sentence: str) -> None:
    """A wrong start ends at once with its sentence, and leaves nothing behind."""
    run = world.run(*argv)

    assert (run.returncode, sentence in run.stderr) == (code, True)
    assert not world.home.exists()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_signal_in_mid_turn_stops_at_once(world: World, conversation: str, name: str) -> None:
    """The person's words are kept, the unfinished answer is lost, the registry is clean."""
    agent = world.stand("--session-id", conversation)
    agent.wait_until("idle")
    agent.say("take 600 seconds")
    wait_for(lambda: world.records(conversation))

    agent.process.send_signal(signal.Signals[name])

    assert agent.exit_code() == 128 + signal.Signals[name]
    assert [record["type"] for record in world.records(conversation)] == ["user"]
    assert not list((world.home / "sessions").iterdir())


def test_signal_while_reading_stops_at_once(world: World) -> None:
    """An idle agent does not wait for a line before it stops."""
    agent = world.stand()
    agent.wait_until("idle")

    agent.process.terminate()

    assert (agent.exit_code(), agent.entry()) == (128 + signal.SIGTERM, {})


def test_kill_leaves_the_registry_and_the_conversation(world: World, conversation: str) -> None:
    """A stale entry is part of the world; the conversation goes on under a new process."""
    agent = world.stand("--session-id", conversation, "the cat is Tom")
    agent.wait_until("idle")

    agent.process.kill()
    agent.exit_code()

    assert agent.entry()["sessionId"] == conversation
    assert "You told me: the cat is Tom" in world.run("--resume", conversation, said="recall\n").stdout


@pytest.mark.parametrize("decision", ["yes", "no"])
def test_agent_waits_for_the_person(world: World, decision: str) -> None:
    """A question to the person is its own status, and ends with the person's line."""
    agent = world.stand()
    agent.say("ask me")

    assert agent.wait_until("waiting")["waitingFor"] == "permission"

    agent.say(decision)
    assert "waitingFor" not in agent.wait_until("idle")
    assert f"[midi-1] You said {decision}.\n" in world.output.read_text()


def test_model_is_switched_in_place(world: World, conversation: str) -> None:
    """A person changes the model inside the session; the transcript says so."""
    said = world.run("--session-id", conversation, said="/model maxi\n/model giga\n/model\nhello\n/quit\nlost\n").stdout

    assert said.splitlines()[1:] == [
        "model set to maxi-1",
        "unknown model: giga",
        "model maxi-1",
        "[maxi-1] I will remember: hello",
    ]
    assert [(record["type"], record.get("model")) for record in world.records(conversation)] == [
        ("model_change", "maxi-1"),
        ("user", None),
        ("assistant", "maxi-1"),
    ]


def test_terminal_shows_a_prompt_and_stays_canonical(world: World) -> None:
    """On a terminal the person sees when to speak, and edits lines as everywhere."""
    agent, terminal = world.stand_on_terminal()
    agent.wait_until("idle")
    seen = bytearray()

    def shown(text: bytes) -> bool:
        seen.extend(os.read(agent.keyboard, 4096))
        return text in seen

    wait_for(lambda: shown(b"\r\n> "))
    agent.say("hello")
    wait_for(lambda: shown(b"[midi-1] I will remember: hello\r\n> "))

    assert termios.tcgetattr(terminal)[3] & termios.ICANON
    os.write(agent.keyboard, b"\x04")
    assert agent.exit_code() == 0


def test_fault_ignore_term(world: World) -> None:
    """The rude agent goes only by SIGKILL; it answers on after SIGTERM."""
    agent = world.stand(MUSTER_DEMO_FAULT="ignore-term")
    agent.wait_until("idle")

    agent.process.terminate()
    agent.say("/quit")

    assert agent.exit_code() == 0


def test_fault_die_at_once(world: World) -> None:
    """The broken agent never comes up, and says nothing."""
    run = world.run(MUSTER_DEMO_FAULT="die-at-once")

    assert (run.returncode, run.stdout, world.home.exists()) == (3, "", False)


def test_fault_refuse_resume(world: World, conversation: str) -> None:
    """The forgetful agent refuses a conversation that is there."""
    world.run("--session-id", conversation, said="hello\n")

    assert world.run("--resume", conversation, MUSTER_DEMO_FAULT="refuse-resume").returncode == 1


def test_fault_wrong_model(world: World, conversation: str) -> None:
    """The stubborn agent reports what it used, not what it was asked."""
    world.run("--session-id", conversation, "--model", "maxi", said="hello\n", MUSTER_DEMO_FAULT="wrong-model")

    assert world.records(conversation)[-1]["model"] == "mini-1"


def test_fault_refuse_model(world: World, conversation: str) -> None:
    """A provider that gives it the cheapest model alone leaves a turn on another one without an answer."""
    for model in ("maxi", "mini"):
        which = "--resume" if world.home.exists() else "--session-id"
        world.run(which, conversation, "--model", model, said="hello\n", MUSTER_DEMO_FAULT="refuse-model")
    said = [(record["type"], record.get("model")) for record in world.records(conversation)]

    assert [one for one in said if one[1]] == [("refused", "maxi-1"), ("assistant", "mini-1")]


def test_fault_forks_a_companion(world: World) -> None:
    """The littering agent leaves a child of its own process group behind."""
    agent = world.stand(MUSTER_DEMO_FAULT="forks-helper")
    agent.wait_until("idle")
    (helper,) = psutil.Process(agent.process.pid).children()

    agent.process.terminate()
    agent.exit_code()

    assert (helper.is_running(), os.getpgid(helper.pid)) == (True, agent.process.pid)
    helper.kill()


def test_misspelt_fault_is_refused(world: World) -> None:
    """A test whose fault does not exist must not pass."""
    assert world.run(MUSTER_DEMO_FAULT="ignore-trem").stderr == "unknown fault: ignore-trem\n"


def test_start_brings_no_heavy_module(world: World) -> None:
    """A thousand agents can be started: what costs tens of milliseconds to import stays away."""
    program = "import sys, controller.agents.embedded; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", program], env=world.environment, capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"asyncio", "subprocess", "pydantic", "ruamel.yaml", "psutil", "sqlite3", "uuid"} & set(loaded)
