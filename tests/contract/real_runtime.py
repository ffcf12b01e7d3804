"""What only real processes can show: the runtimes that have any run this beside the contract."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from abc import abstractmethod
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from controller.model.observed import ProcessIdentity
from controller.model.profile import StopStep, StopTarget
from controller.runtimes.base import AlreadyRunning, StopEnd
from controller.runtimes.runfile import forget, run_files
from tests.contract.runtime_contract import POLITE, RUDE, STUB, RuntimeContract, World, on_loop, stop_order
from tests.waiting import wait_for, wait_for_async

INNERMOST = (StopStep(signal="TERM", to=StopTarget.INNERMOST, wait=5.0),)

CONTROLLER = """
import asyncio, os, signal, sys
sys.path.insert(0, {root!r})
from tests.contract.{module} import make_world
async def main():
    world = make_world({place!r})
    await world.up(world.runtime())
    print("up", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def lives(pid: int) -> bool:
    """Whether a process runs, as psutil sees it: not by the code under test."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class RealWorld(World):
    """Stub agents as processes, their files in one short directory."""

    def __init__(self, place: Path, group: Path | None = None) -> None:
        place.mkdir(exist_ok=True)
        super().__init__(place)
        self.run_dir = place / "run"
        self.group = group

    def alive(self, identity: ProcessIdentity) -> bool:
        return lives(identity.pid)

    def report(self, name: str) -> dict[str, Any] | None:
        return next(iter(self._lines(name)), None)

    def said(self, name: str) -> list[str]:
        return [line["said"] for line in self._lines(name) if "said" in line]

    def _lines(self, name: str) -> list[dict[str, Any]]:
        try:
            text = (self.place / f"{name}.report").read_text()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def end_all(self) -> None:
        """End what carries this world's home in its environment: the sessions of this test and their children."""
        for process in psutil.process_iter():
            try:
                if process.environ().get("HOME") == str(self.home):
                    process.kill()
            except psutil.Error:
                continue

    @property
    @abstractmethod
    def module(self) -> str:
        """The test module that can make this world in another process."""


class RealRuntimeContract(RuntimeContract):
    """The contract, and what processes, files and signals add to it."""

    @on_loop
    async def test_secret_is_in_no_argv_and_no_file(self, world: RealWorld) -> None:
        """The environment goes to the process alone (law 14)."""
        await world.runtime().start(world.order(TOKEN="s3cret-token"))
        await world.ready("alice")
        files = [path for path in world.place.rglob("*") if path.is_file() and path.suffix != ".report"]

        assert not [path for path in files if b"s3cret-token" in path.read_bytes()]
        assert not [p for p in psutil.process_iter(["cmdline"]) if "s3cret-token" in str(p.info["cmdline"])]

    @on_loop
    async def test_no_word_of_an_order_is_a_command(self, world: RealWorld) -> None:
        """A directory or an argument is what it says, to every shell and terminal server on its way, twice over."""
        words = ("#(touch ran)", "$(touch ran)", "`touch ran`", "a;", "#{pid}", "#[fg=red]##", "'\"\\", "--model=x\n-y")
        runtime = world.runtime()
        for number, word in enumerate(words[:6]):
            name, place = f"s{number}", world.home / word
            place.mkdir()
            order = replace(world.order(name, *words), cwd=str(place))
            first = await runtime.start(order)
            assert (await world.ready(name))["cwd"] == str(place)
            assert (await world.ready(name))["argv"] == list(order.argv[1:])
            await runtime.stop(stop_order(name, first, POLITE))
            await runtime.start(replace(world.order(name), cwd=str(place)))

        assert not list(world.place.rglob("ran"))
        assert "ran" not in os.listdir("/")  # where a terminal server stands

    @on_loop
    async def test_run_file_is_a_record_of_the_process(self, world: RealWorld) -> None:
        """A lost state can be rebuilt: the run file says who runs and what it was told."""
        runtime, order = world.runtime(), world.order()
        process = await runtime.start(order)
        file = run_files(world.run_dir)["alice"]

        assert file.process == process
        assert (file.runtime, file.agent, file.asked_model) == (runtime.kind, "stub", "fast")
        assert (file.conversation, file.cwd) == ("c-1", order.cwd)

    @on_loop
    async def test_files_are_private(self, world: RealWorld) -> None:
        """Nobody else reads what sessions say and are told."""
        await world.up(world.runtime())
        open_to_others = [p for p in world.run_dir.iterdir() if p.stat().st_mode & 0o077]

        assert world.run_dir.stat().st_mode & 0o777 == 0o700
        assert open_to_others == []

    @on_loop
    async def test_run_lock_lives_with_the_process(self, world: RealWorld) -> None:
        """Whoever starts next, after whatever happened to the controller, meets the lock (law 3)."""
        before = world.runtime()
        process = await world.up(before)
        await before.close()
        with pytest.raises(AlreadyRunning):
            await world.runtime().start(world.order())

        assert world.alive(process)
        assert not forget(world.run_dir, "alice")

    @on_loop
    async def test_forget_removes_all_of_a_session_that_is_gone(self, world: RealWorld) -> None:
        """Nothing of a pruned session stays in the run directory."""
        runtime = world.runtime()
        process = await world.up(runtime)
        await runtime.stop(stop_order("alice", process, POLITE, final=True))

        assert forget(world.run_dir, "alice")
        assert list(world.run_dir.iterdir()) == []

    @on_loop
    async def test_signals_are_as_a_shell_would_leave_them(self, world: RealWorld) -> None:
        """The controller ignores signals that a session must not ignore."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            await world.up(world.runtime())
        finally:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
        ignored = (await world.ready("alice"))["ignored"]

        assert set(ignored) <= {signal.SIGPIPE, signal.SIGXFSZ}, "Python itself ignores these two in the stub"

    @on_loop
    async def test_process_leads_a_session_of_its_own(self, world: RealWorld) -> None:
        """What is meant for one session's terminal or group reaches no other."""
        process = await world.up(world.runtime())

        assert (await world.ready("alice"))["session"] == process.pid

    @on_loop
    async def test_process_gets_no_files_but_the_lock(self, world: RealWorld) -> None:
        """No file of the controller's leaks into a session: stdio, the lock, and the stub's own look at them."""
        await world.up(world.runtime(), "bob")
        await world.up(world.runtime())

        assert (await world.ready("alice"))["fds"] == 5

    @pytest.mark.parametrize("kind", ["--child", "--daemon"])
    def test_children_are_swept(self, world: RealWorld, kind: str) -> None:
        """A child goes with its parent, though it has a session of its own and would outlive it."""

        async def story() -> None:
            runtime = world.runtime()
            process = await world.up(runtime, "alice", kind)
            (child,) = (await world.ready("alice"))["children"]
            report = await runtime.stop(stop_order("alice", process, POLITE))
            await world.close()

            assert report.end is StopEnd.GONE
            assert not lives(child)

        asyncio.run(story())

    @on_loop
    async def test_orphans_of_a_crash_are_swept_before_the_next_start(self, world: RealWorld) -> None:
        """What a dead leader left in its session goes with the stop, and the session can start again."""
        runtime = world.runtime()
        process = await world.up(runtime, "alice", "--child")
        (child,) = (await world.ready("alice"))["children"]
        os.kill(process.pid, signal.SIGKILL)
        await wait_for_async(lambda: not world.alive(process))
        report = await runtime.stop(stop_order("alice", process, RUDE))

        assert report.end is StopEnd.WAS_GONE
        assert not lives(child)
        assert world.alive(await runtime.start(world.order()))

    @on_loop
    async def test_innermost_process_gets_the_signal(self, world: RealWorld) -> None:
        """A wrapper that ignores TERM ends with the program that it wraps (facts/other-agents.md, trap 4)."""
        runtime = world.runtime()
        process = await runtime.start(world.order("alice", "--wrap", "--model", "x"))
        await world.ready("alice")
        report = await runtime.stop(stop_order("alice", process, INNERMOST))

        assert report.end is StopEnd.GONE

    @on_loop
    async def test_a_stop_calls_off_a_launch_on_its_way(self, world: RealWorld) -> None:
        """A launcher that comes late finds that its nonce is not current, and exits (design 3.3)."""
        runtime = world.runtime()
        process = await world.up(runtime)
        await runtime.stop(stop_order("alice", process, POLITE))

        assert not (world.run_dir / "alice.nonce").exists()

    def test_sessions_survive_the_sudden_death_of_the_controller(self, world: RealWorld) -> None:
        """Kill -9 of the controller changes no session's pid (law 8)."""
        root = STUB.parent.parent.parent
        program = CONTROLLER.format(root=str(root), module=world.module, place=str(world.place / "other"))
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
        files = run_files(world.place / "other" / "run")

        assert ended.returncode == -signal.SIGKILL, ended.stderr
        assert ended.stdout == "up\n"
        assert lives(files["alice"].process.pid)
        os.kill(files["alice"].process.pid, signal.SIGKILL)  # its run file, in our own directory, says that it is ours

    @on_loop
    async def test_session_in_its_own_cgroup_is_emptied(self, world: RealWorld) -> None:
        """Where a cgroup is delegated even a daemon that nobody recorded goes with its session."""
        world.group = scratch_cgroup()
        try:
            runtime = world.runtime()
            process = await world.up(runtime, "alice", "--daemon")
            (daemon,) = (await world.ready("alice"))["children"]
            os.kill(process.pid, signal.SIGKILL)
            await wait_for_async(lambda: not world.alive(process))
            await runtime.stop(stop_order("alice", process, POLITE))

            await wait_for_async(lambda: not lives(daemon))
            assert [path for path in world.group.iterdir() if path.is_dir()] == []
        finally:
            remove_cgroup(world.group)


def scratch_cgroup() -> Path:
    """A cgroup of version 2 for this test, where we may make one."""
    for mount in (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup")):
        if (mount / "cgroup.procs").exists() and os.access(mount, os.W_OK):
            place = mount / f"muster-test-{os.getpid()}"
            place.mkdir()
            if (place / "cgroup.kill").exists():
                return place
            place.rmdir()
    pytest.skip("no cgroup v2 directory in which this user may make one")


def remove_cgroup(place: Path) -> None:
    """Leave nothing behind, whatever the test left."""
    for child in (*(path for path in place.iterdir() if path.is_dir()), place):
        (child / "cgroup.kill").write_text("1")
        wait_for(partial(_empty, child))
        child.rmdir()


def _empty(place: Path) -> bool:
    return not (place / "cgroup.procs").read_text()
