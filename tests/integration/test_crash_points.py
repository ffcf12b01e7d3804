"""The controller is killed at each step of a change: zero or one process, then convergence (law 9).

A controller with its ports wrapped runs in a process of its own and kills itself at the point that the test names;
afterwards `muster apply` is the next controller.
"""

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.integration.cli_world import SECONDS, World
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parent.parent.parent

DOOMED = """
import asyncio, os, signal, sys
from dataclasses import replace

from controller.loop.ports import ports_of
from controller.loop.dispatch import Dispatch
from controller.loop.passes import until_still
from controller.model.session import RuntimeKind
from controller.runtimes.identity import send
from controller.settings import read
from controller.wiring import connect

POINT = sys.argv[1]


def here(point):
    if point == POINT:
        os.kill(os.getpid(), signal.SIGKILL)


class Port:
    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Journal(Port):
    async def commit(self, step):
        kind = "intent" if step.opened else "record"
        here(f"before-{kind}")
        await self.inner.commit(step)
        here(f"after-{kind}")

    def believe(self, step):
        if step.closed:
            here("before-record")
        self.inner.believe(step)
        if step.closed:
            here("after-record")


class Runtime(Port):
    async def start(self, order):
        here("before-spawn")
        if POINT == "during-spawn":
            told = asyncio.ensure_future(self.inner.start(order))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            here("during-spawn")
        process = await self.inner.start(order)
        here("after-spawn")
        return process

    async def stop(self, order):
        if POINT == "after-signal":
            send(order.process, signal.SIGTERM)
            here("after-signal")
        report = await self.inner.stop(order)
        here("after-gone")
        return report


async def main():
    controller = connect(read(), write=True)
    ports = ports_of(controller, os.environ)
    runtimes = {kind: Runtime(runtime) for kind, runtime in ports.runtimes.items()}
    ports = replace(ports, journal=Journal(ports.journal), runtimes=runtimes)
    controller.connect(Dispatch(ports, controller.ended))
    await controller.recover()
    await until_still(controller)

asyncio.run(main())
"""


class CrashWorld(World):
    """One session, Alice, and everybody who ever carried her conversation."""

    def transcripts(self) -> list[Path]:
        return list((self.root / "agent").glob("projects/*/*.jsonl"))

    def writers(self) -> set[int]:
        """The agents of this world that live: their command line says what they are."""
        found = set()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if "embedded-agent" in process.cmdline() and self._is_ours(process):
                    found.add(process.pid)
        return found

    def _is_ours(self, process: psutil.Process) -> bool:
        return process.environ().get("MUSTER_DEMO_HOME") == str(self.root / "agent")

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.muster("events", "--json").out.splitlines()]

    def converse(self) -> str:
        """Tell Alice something that she must remember, and return her conversation."""
        self.muster("send", "alice", "the bridge is called Ada")
        wait_for(lambda: any('"assistant"' in file.read_text() for file in self.transcripts()), what="an answer")
        wait_for(lambda: self.status("alice")["activity"] == "idle", what="Alice to be idle")
        return str(self.status("alice")["conversation"])

    def die_at(self, point: str) -> None:
        """Let a controller work until it comes to a point, and no further."""
        doomed = [sys.executable, "-P", "-c", DOOMED, point]
        env = self.env | {"PYTHONPATH": str(ROOT)}
        ended = subprocess.run(doomed, cwd=self.root, env=env, capture_output=True, timeout=SECONDS, check=False)
        assert ended.returncode == -signal.SIGKILL, f"never came to {point}: {ended.stderr.decode()}"

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Look all the time that there is never a second writer."""
        over, most = threading.Event(), [0]

        def watch() -> None:
            while not over.is_set():
                most[0] = max(most[0], len(self.writers()))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
        assert most[0] <= 1, "two processes at once (law 3)"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CrashWorld]:
    made = CrashWorld(tmp_path)
    made.write("alice.yaml", "model: mini\n")
    yield made
    made.end_sessions()


@pytest.mark.parametrize(
    "point",
    [
        *("before-intent", "after-intent", "after-signal", "after-gone"),
        *("before-spawn", "during-spawn", "after-spawn", "before-record", "after-record"),
    ],
)
def test_a_restart_killed_at_any_step_is_finished(world: CrashWorld, point: str) -> None:
    """Zero or one process; then the new model, the same conversation, and one switch that is told once."""
    world.muster("apply")
    conversation = world.converse()
    world.write("alice.yaml", "model: maxi\n")
    with world.watched():
        world.die_at(point)
        assert len(world.writers()) <= 1
        world.muster("apply")
    alice = world.status("alice")

    assert (alice["asked"]["model"], alice["conversation"]) == ("maxi", conversation)
    assert world.writers() == {alice["pid"]}
    assert [file.stem for file in world.transcripts()] == [conversation]
    switches = [event for event in world.events() if event["type"] == "model_switch"]
    assert [(switch["from_model"], switch["to_model"]) for switch in switches] == [("mini", "maxi")]


@pytest.mark.parametrize("said, asked", [("model: maxi", "maxi"), ("state: stopped", None)])
def test_what_a_process_left_behind_is_ended_by_the_next_controller(world: CrashWorld, said: str, asked: str) -> None:
    """The one that ended the process did not live to end its child too, which holds its lock (law 3)."""
    littering = "env: {MUSTER_DEMO_FAULT: forks-helper}\n"
    world.write("alice.yaml", f"model: mini\n{littering}")
    world.muster("apply")
    conversation = world.converse()
    left = [child for pid in world.writers() for child in psutil.Process(pid).children()]
    world.write("alice.yaml", f"{said}\n{littering}")
    world.die_at("after-signal")
    assert left
    assert all(child.is_running() for child in left)
    world.muster("apply")
    alice = world.status("alice")

    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in left)
    assert (alice["asked"]["model"] if asked else None, alice["conversation"]) == (asked, conversation)
    assert len(world.writers()) == (1 if asked else 0)


@pytest.mark.parametrize(
    "point", ["before-intent", "after-intent", "during-spawn", "after-spawn", "before-record", "after-record"]
)
def test_a_start_killed_at_any_step_is_finished(world: CrashWorld, point: str) -> None:
    """Never two, and one in the end."""
    with world.watched():
        world.die_at(point)
        world.muster("apply")
    alice = world.status("alice")

    assert (alice["asked"]["model"], world.writers()) == ("mini", {alice["pid"]})


@pytest.mark.parametrize("point", ["after-intent", "after-signal", "after-gone", "after-record"])
def test_a_stop_killed_at_any_step_is_finished(world: CrashWorld, point: str) -> None:
    """None in the end, and that is no crash."""
    world.muster("apply")
    wait_for(lambda: world.status("alice")["activity"] == "idle", what="Alice to be idle")
    world.write("alice.yaml", "model: mini\nstate: stopped\n")
    world.die_at(point)
    world.muster("apply")

    assert (world.status("alice")["state"], world.writers()) == ("stopped", set())


@pytest.mark.parametrize("left", ["running", "killed"])
def test_a_lost_state_loses_no_conversation(world: CrashWorld, left: str) -> None:
    """The database is gone; run files say who Alice is, whether she runs or not (law 9, design 3.3)."""
    world.muster("apply")
    conversation = world.converse()
    before = world.writers()
    if left == "killed":
        world.end_sessions()
        wait_for(lambda: not world.writers(), what="Alice to end")
    for file in world.state.glob("state.db*"):
        file.unlink()
    with world.watched():
        world.muster("apply")
    alice = world.status("alice")

    assert (alice["asked"]["model"], alice["conversation"]) == ("mini", conversation)
    assert (world.writers() == before) is (left == "running")
