"""What is the `process` runtime's own: its launcher, its FIFO, its log."""

import asyncio
import os
import signal
import timeit
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from controller.errors import MusterError
from controller.runtimes.base import AlreadyRunning, StartFailed, StopEnd
from controller.runtimes.logs import trim_logs
from controller.runtimes.runfile import run_files
from tests.contract.real_runtime import lives
from tests.contract.runtime_contract import POLITE, on_loop, stop_order
from tests.contract.test_process_runtime import ProcessWorld
from tests.waiting import wait_for, wait_for_async

CHATTY = ("/bin/sh", "-c", "while read line; do echo $line; done")


def launchers() -> list[psutil.Process]:
    """The launchers that this test process started."""
    found = psutil.Process().children()
    return [child for child in found if child.status() != psutil.STATUS_ZOMBIE and "launcher" in child.cmdline()]


class TestProcessRuntime:
    @pytest.fixture
    def world(self, short_path: Path) -> Iterator[ProcessWorld]:
        world = ProcessWorld(short_path)
        yield world
        world.end_all()

    @on_loop
    async def test_launcher_ends_with_its_controller(self, world: ProcessWorld) -> None:
        """It holds nothing and nobody: when the controller lets go, it is gone and the session is not."""
        runtime = world.runtime()
        process = await world.up(runtime)
        (launcher,) = launchers()
        await runtime.close()

        assert not launcher.is_running()
        assert world.alive(process)

    @on_loop
    async def test_launcher_is_started_again_when_it_died(self, world: ProcessWorld) -> None:
        """Its death costs no session and no later start."""
        runtime = world.runtime()
        process = await world.up(runtime)
        (launcher,) = launchers()
        launcher.kill()
        await wait_for_async(lambda: not launchers())
        other = await runtime.start(world.order("bob"))

        assert world.alive(process)
        assert world.alive(other)

    @on_loop
    async def test_death_of_the_launcher_over_an_order_is_told(self, world: ProcessWorld) -> None:
        """A start never hangs: with its launcher dead it either was registered in time or has failed."""
        runtime = world.runtime()
        await world.up(runtime)
        (launcher,) = launchers()
        launcher.suspend()
        starting = asyncio.create_task(runtime.start(world.order("bob")))
        await asyncio.sleep(0)
        launcher.kill()
        with pytest.raises(StartFailed, match="the launcher died"):
            await starting

    @on_loop
    async def test_end_that_comes_with_the_start_is_known(self, world: ProcessWorld) -> None:
        """A busy controller reads both at once: how a program ended that ended at once is not lost."""
        runtime = world.runtime()
        await world.up(runtime)
        starting = asyncio.create_task(runtime.start(world.order("bob", argv=("/bin/sh", "-c", "exit 3"))))
        await asyncio.sleep(0)  # the order is out; from here on the loop is busy
        wait_for(lambda: (bob := run_files(world.run_dir).get("bob")) and not psutil.pid_exists(bob.process.pid))

        assert runtime.exit_of(await starting) == "exit 3"

    @on_loop
    async def test_end_that_nobody_will_tell_is_not_waited_for(self, world: ProcessWorld) -> None:
        """What a launcher started that died since ends unseen by the next one: asking how holds nothing up."""
        runtime = world.runtime()
        process = await world.up(runtime)
        (launcher,) = launchers()
        launcher.kill()
        await wait_for_async(lambda: not launchers())
        await world.up(runtime, "bob")
        os.kill(process.pid, signal.SIGKILL)
        await wait_for_async(lambda: not world.alive(process))

        assert runtime.exit_of(process) is None
        assert min(timeit.repeat(lambda: runtime.exit_of(process), number=1)) < 0.1  # of five, on a busy machine

    @on_loop
    async def test_output_is_appended_over_restarts(self, world: ProcessWorld) -> None:
        """What a session printed before a restart stays readable."""
        runtime = world.runtime()
        log = world.place / "logs" / "alice.log"
        first = await world.up(runtime)
        await wait_for_async(lambda: log.read_text() == "ready\n")
        await runtime.stop(stop_order("alice", first, POLITE))
        await runtime.start(world.order())

        await wait_for_async(lambda: log.read_text() == "ready\nready\n")

    @on_loop
    async def test_cut_log_goes_on_at_its_new_end(self, world: ProcessWorld) -> None:
        """Cutting keeps the last bytes aside and does not disturb the session (no hole, no lost file)."""
        runtime = world.runtime()
        process = await runtime.start(world.order(argv=CHATTY))
        log = world.place / "logs" / "alice.log"
        await runtime.type("alice", process, "x" * 60)
        await wait_for_async(lambda: log.exists() and log.stat().st_size == 61)

        assert trim_logs(log.parent, largest=10) == (log,)
        await runtime.type("alice", process, "after")
        await wait_for_async(lambda: log.read_text() == "after\n")
        assert log.with_name("alice.log.1").read_text() == "x" * 9 + "\n"

    @on_loop
    async def test_line_longer_than_a_pipe_arrives_whole(self, world: ProcessWorld) -> None:
        """Long texts are written as the session makes room, not cut."""
        runtime = world.runtime()
        process = await world.up(runtime)
        await runtime.type("alice", process, "y" * 200_000)

        await wait_for_async(lambda: world.said("alice") == ["y" * 200_000])

    @on_loop
    async def test_line_that_nobody_reads_is_an_error(self, world: ProcessWorld) -> None:
        """Typing never hangs on a session that does not listen."""
        runtime = world.runtime()
        process = await runtime.start(world.order(argv=("/bin/sleep", "60")))
        with pytest.raises(MusterError, match="does not read its input"):
            await runtime.type("alice", process, "z" * 200_000)

    @on_loop
    async def test_child_that_keeps_the_lock_is_told_apart(self, world: ProcessWorld) -> None:
        """After a crash a left-over child may still be at work: no second process beside it (law 3)."""
        runtime = world.runtime()
        argv = ("/bin/sh", "-c", "sleep 60 & echo started; wait")
        process = await runtime.start(world.order(argv=argv))
        log = world.place / "logs" / "alice.log"
        await wait_for_async(lambda: log.exists() and log.read_text() == "started\n")
        [child] = psutil.Process(process.pid).children()
        os.kill(process.pid, signal.SIGKILL)
        await wait_for_async(lambda: not world.alive(process))
        with pytest.raises(AlreadyRunning, match=f"run lock of alice is held.*: process {child.pid}$") as refused:
            await runtime.start(world.order())
        assert "muster stop alice" in (refused.value.hint or "")

        assert (await runtime.stop(stop_order("alice", process, POLITE))).end is StopEnd.WAS_GONE
        assert world.alive(await runtime.start(world.order()))

    @on_loop
    async def test_stranger_in_the_place_of_the_input_is_refused(self, world: ProcessWorld) -> None:
        """A plain file where the FIFO belongs would feed a session what somebody wrote there."""
        world.run_dir.mkdir(mode=0o700)
        (world.run_dir / "alice.in").write_text("rm -rf /\n")
        with pytest.raises(StartFailed, match="is not a FIFO"):
            await world.runtime().start(world.order())

    @on_loop
    async def test_zombie_counts_as_gone(self, world: ProcessWorld) -> None:
        """A launcher that does not reap cannot keep a dead process alive (facts/other-agents.md, trap 6)."""
        runtime = world.runtime()
        process = await world.up(runtime)
        (launcher,) = launchers()
        launcher.suspend()
        try:
            report = await runtime.stop(stop_order("alice", process, POLITE))
            assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
        finally:
            launcher.resume()

        assert report.end is StopEnd.GONE
        assert report.seconds < POLITE[0].wait
        assert not lives(process.pid)
