"""What every runtime keeps to; the fake and the real ones run the same suite.

A subclass gives the fixture `world`: a machine with the stub agent on it. Assertions are on that world.
"""

import asyncio
import functools
import itertools
import os
import sys
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from controller.errors import MusterError
from controller.model.observed import ProcessIdentity
from controller.model.profile import StopStep, StopTarget
from controller.runtimes.base import AlreadyRunning, Runtime, StartFailed, StartOrder, StopEnd, StopOrder
from tests.waiting import DEADLINE, wait_for_async

STUB = Path(__file__).resolve().parent.parent / "stub_agents" / "stub_agent.py"
POLITE = (StopStep(signal="TERM", wait=5.0),)
RUDE = (StopStep(signal="TERM", wait=0.3), StopStep(signal="KILL", to=StopTarget.GROUP, wait=5.0))
TYPED = (StopStep(type="/quit", wait=5.0),)
HELPLESS = (StopStep(signal="TERM", wait=0.3),)


class World(ABC):
    """One machine, with one runtime at a time on it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.home = place / "home"
        self.home.mkdir()
        self._open: list[Runtime] = []

    def runtime(self) -> Runtime:
        """A new runtime on the same machine: the one of a controller that has just started."""
        runtime = self.make()
        self._open.append(runtime)
        return runtime

    @abstractmethod
    def make(self) -> Runtime: ...

    @abstractmethod
    def alive(self, identity: ProcessIdentity) -> bool: ...

    @abstractmethod
    def report(self, name: str) -> dict[str, Any] | None:
        """What a session's process wrote down at its start: argv, env, cwd."""

    @abstractmethod
    def said(self, name: str) -> list[str]:
        """The lines that a session's process was typed."""

    def order(self, name: str = "alice", *flags: str, argv: tuple[str, ...] | None = None, **env: str) -> StartOrder:
        """An order for the stub agent."""
        nonce = uuid.uuid4().hex
        markers = {"MUSTER_NAME": name, "MUSTER_NONCE": nonce}
        report = str(self.place / f"{name}.report")
        return StartOrder(
            name=name,
            nonce=nonce,
            argv=argv or (sys.executable, str(STUB), report, *flags),
            env={"PATH": os.environ["PATH"], "HOME": str(self.home)} | markers | env,
            cwd=str(self.home),
            asked_model="fast",
            agent="stub",
            conversation="c-1",
        )

    async def ready(self, name: str) -> dict[str, Any]:
        """Wait until the stub has set itself up: a signal before that meets the interpreter, not the stub."""
        return await wait_for_async(lambda: self.report(name) or {}, what=f"the report of {name}")

    async def up(self, runtime: Runtime, name: str = "alice", *flags: str) -> ProcessIdentity:
        """A stub that runs and is ready."""
        identity = await runtime.start(self.order(name, *flags))
        await self.ready(name)
        return identity

    async def close(self) -> None:
        for runtime in self._open:
            await runtime.close()

    @abstractmethod
    def end_all(self) -> None:
        """End what the test left running."""


def on_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an async test of the contract on a loop of its own, and let its runtimes go on the same loop."""

    @functools.wraps(test)
    def run(self: object, world: World) -> None:
        async def story() -> None:
            try:
                await test(self, world)
            finally:
                await world.close()

        asyncio.run(story())

    return run


def stop_order(name: str, process: ProcessIdentity, ladder: tuple[StopStep, ...], *, final: bool = False) -> StopOrder:
    return StopOrder(name=name, process=process, ladder=ladder, final=final)


class RuntimeContract:
    """The promises of `controller/runtimes/base.py`."""

    many = 100
    terminal = True
    """Whether a person, or Muster, can see what a session shows."""

    @on_loop
    async def test_start_gives_the_process_that_lives(self, world: World) -> None:
        """What start returns is the process itself, with the nonce of its launch."""
        order = world.order()
        identity = await world.runtime().start(order)

        assert world.alive(identity)
        assert identity.nonce == order.nonce

    @on_loop
    async def test_process_has_argv_and_directory_as_ordered(self, world: World) -> None:
        """Nothing is added to argv and the session runs where it was told to."""
        order = world.order("alice", "--flag with blanks", "ünïcode", "")
        await world.runtime().start(order)
        report = await world.ready("alice")

        assert report["argv"] == list(order.argv[1:])
        assert report["cwd"] == order.cwd

    @on_loop
    async def test_process_has_the_ordered_environment_and_no_other(self, world: World) -> None:
        """The environment is the order's alone: neither the controller's nor the terminal server's leaks in."""
        os.environ["LEAK"] = "from the controller"  # the autouse fixture takes it away again
        order = world.order(SECRET="s3cret")
        await world.runtime().start(order)
        env = (await world.ready("alice"))["env"]

        # A terminal says what it is; LC_CTYPE is put there by Python in the stub.
        assert {k: v for k, v in env.items() if k not in {"TERM", "LC_CTYPE"}} == dict(order.env)

    @on_loop
    async def test_second_start_is_refused_while_the_first_lives(self, world: World) -> None:
        """A session has one process: the second start fails and the first goes on (law 3)."""
        runtime = world.runtime()
        first = await world.up(runtime)
        with pytest.raises(AlreadyRunning):
            await runtime.start(world.order())

        assert world.alive(first)

    @on_loop
    async def test_missing_program_is_named(self, world: World) -> None:
        """A start that fails says what is missing, in the form of every error."""
        with pytest.raises(StartFailed, match=r"^cannot start alice: .*no-such-program"):
            await world.runtime().start(world.order(argv=("/no-such-program", "--model", "x")))

    @on_loop
    async def test_start_after_a_failed_start(self, world: World) -> None:
        """A failed start leaves nothing in the way of the next one."""
        runtime = world.runtime()
        with pytest.raises(StartFailed):
            await runtime.start(world.order(argv=("/no-such-program", "--model", "x")))

        assert world.alive(await runtime.start(world.order()))

    @on_loop
    async def test_polite_process_is_gone_after_term(self, world: World) -> None:
        """TERM is enough for who honours it."""
        runtime = world.runtime()
        process = await world.up(runtime)
        report = await runtime.stop(stop_order("alice", process, POLITE))

        assert (report.end, report.left) == (StopEnd.GONE, ())
        assert not world.alive(process)

    @on_loop
    async def test_process_that_ignores_term_is_killed(self, world: World) -> None:
        """The next rung comes when the wait of the one before is over."""
        runtime = world.runtime()
        process = await world.up(runtime, "alice", "--ignore-term")
        report = await runtime.stop(stop_order("alice", process, RUDE))

        assert report.end is StopEnd.GONE
        assert not world.alive(process)

    @on_loop
    async def test_typed_line_stops_too(self, world: World) -> None:
        """A rung may be the agent's own word for leaving."""
        runtime = world.runtime()
        process = await world.up(runtime)
        report = await runtime.stop(stop_order("alice", process, TYPED))

        assert report.end is StopEnd.GONE
        assert runtime.exit_of(process) == "exit 0"

    @on_loop
    async def test_end_of_the_ladder_says_who_lives(self, world: World) -> None:
        """A stop that did not happen is never reported as one (law 11)."""
        runtime = world.runtime()
        process = await world.up(runtime, "alice", "--ignore-term")
        report = await runtime.stop(stop_order("alice", process, HELPLESS))

        assert report.end is StopEnd.ALIVE
        assert any(left.same(process) for left in report.left)
        assert world.alive(process)

    @on_loop
    async def test_stop_of_what_is_gone(self, world: World) -> None:
        """Stopping twice is no error and says what was found."""
        runtime = world.runtime()
        process = await world.up(runtime)
        await runtime.stop(stop_order("alice", process, POLITE))

        assert (await runtime.stop(stop_order("alice", process, POLITE))).end is StopEnd.WAS_GONE

    @on_loop
    async def test_same_number_of_another_process_is_never_signalled(self, world: World) -> None:
        """A pid that came to mean another process is left alone (law 4)."""
        runtime = world.runtime()
        process = await world.up(runtime)
        earlier = process.model_copy(update={"ticks": process.ticks - 1})
        other_boot = process.model_copy(update={"boot_id": "an earlier boot"})

        assert (await runtime.stop(stop_order("alice", earlier, RUDE))).end is StopEnd.WAS_GONE
        assert (await runtime.stop(stop_order("alice", other_boot, RUDE))).end is StopEnd.WAS_GONE
        assert world.alive(process)

    @on_loop
    async def test_start_again_after_stop(self, world: World) -> None:
        """A restart gives a new process and needs no clearing up between."""
        runtime = world.runtime()
        first = await world.up(runtime)
        await runtime.stop(stop_order("alice", first, POLITE))
        second = await runtime.start(world.order())

        assert world.alive(second)
        assert not second.same(first)

    @on_loop
    async def test_start_again_after_a_final_stop(self, world: World) -> None:
        """What a final stop clears away is made again."""
        runtime = world.runtime()
        first = await world.up(runtime)
        await runtime.stop(stop_order("alice", first, POLITE, final=True))

        assert world.alive(await runtime.start(world.order()))

    @on_loop
    async def test_sessions_survive_the_runtime(self, world: World) -> None:
        """Letting go of a runtime ends nothing, and the next one can go on with what it finds (law 8)."""
        before = world.runtime()
        process = await world.up(before)
        await before.close()
        after = world.runtime()

        assert world.alive(process)
        await after.type("alice", process, "still there?")
        await wait_for_async(lambda: world.said("alice") == ["still there?"])
        assert (await after.stop(stop_order("alice", process, POLITE))).end is StopEnd.GONE

    @on_loop
    async def test_typed_lines_arrive_as_they_are(self, world: World) -> None:
        """Quotes, semicolons, dashes and umlauts are text, whatever carries them."""
        runtime = world.runtime()
        process = await world.up(runtime)
        lines = ["hello", "-l --flag;", "'quoted' \"twice\" $HOME `x`", "grüße; ~ #{pane_id} ;"]
        for line in lines:
            await runtime.type("alice", process, line)

        await wait_for_async(lambda: world.said("alice") == lines, what=f"{lines}")

    @on_loop
    async def test_line_with_a_break_is_refused(self, world: World) -> None:
        """A line break would send half a text; an escape would be a key."""
        runtime = world.runtime()
        process = await world.up(runtime)
        for text in ("one\ntwo", "\x1b[A", "\x03"):
            with pytest.raises(MusterError, match="cannot type to alice"):
                await runtime.type("alice", process, text)

        assert world.said("alice") == []

    @on_loop
    async def test_nothing_is_typed_to_another_process(self, world: World) -> None:
        """A line goes to the process that was meant or to nobody (law 4)."""
        runtime = world.runtime()
        process = await world.up(runtime)
        earlier = process.model_copy(update={"ticks": process.ticks - 1})
        with pytest.raises(MusterError, match="cannot type to alice"):
            await runtime.type("alice", earlier, "for another")

        assert world.said("alice") == []

    @on_loop
    async def test_exit_is_known_once_it_is_seen(self, world: World) -> None:
        """How a process ended is there as soon as it is gone."""
        runtime = world.runtime()
        process = await runtime.start(world.order("alice", "--exit", "3"))
        await wait_for_async(lambda: not world.alive(process))

        assert runtime.exit_of(process) == "exit 3"

    @on_loop
    async def test_last_words_are_those_of_the_process_that_is_meant(self, world: World) -> None:
        """Why a process ended stands in what it printed last, and an earlier one's words are not taken for its own."""
        runtime = world.runtime()
        first = await runtime.start(world.order("alice", "--print", "cannot resume c-1", "--exit", "1"))
        await wait_for_async(lambda: not world.alive(first))
        said = await runtime.last_words("alice", first)
        second = await runtime.start(world.order("alice", "--exit", "1"))
        await wait_for_async(lambda: not world.alive(second))

        assert said.splitlines()[-1] == "cannot resume c-1"
        assert await runtime.last_words("alice", second) == ""

    @on_loop
    async def test_screens_are_those_of_the_processes_that_are_meant(self, world: World) -> None:
        """A screen is read of who lives, by name, and without a terminal there is none."""
        runtime = world.runtime()
        both = {name: await world.up(runtime, name, "--print", f"I am {name}") for name in ("alice", "bob")}
        shown = await runtime.screens(both)
        async with asyncio.timeout(DEADLINE):
            while self.terminal and not all(f"I am {name}" in shown.get(name, "") for name in both):
                shown = await runtime.screens(both)
        await runtime.stop(stop_order("bob", both["bob"], POLITE))
        after = await runtime.screens(both)

        assert [name for name in both if f"I am {name}" in shown.get(name, "")] == (list(both) * self.terminal)
        assert list(after) == ["alice"] * self.terminal

    @on_loop
    async def test_exit_by_signal_names_the_signal(self, world: World) -> None:
        """A process that was ended from outside says by what."""
        runtime = world.runtime()
        process = await world.up(runtime)
        await runtime.stop(stop_order("alice", process, POLITE))

        await wait_for_async(lambda: runtime.exit_of(process) == "signal 15")

    @on_loop
    async def test_exit_of_what_lives_is_not_known(self, world: World) -> None:
        """No end is invented for a process that has none."""
        runtime = world.runtime()

        assert runtime.exit_of(await world.up(runtime)) is None

    @on_loop
    async def test_sessions_do_not_disturb_each_other(self, world: World) -> None:
        """Stop, typing and names that begin alike touch one session only."""
        runtime = world.runtime()
        bob, bobby = await world.up(runtime, "bob"), await world.up(runtime, "bob.by-2+@x")
        await runtime.type("bob", bob, "for bob")
        await wait_for_async(lambda: world.said("bob") == ["for bob"])
        await runtime.stop(stop_order("bob", bob, RUDE, final=True))

        assert world.alive(bobby)
        assert world.said("bob.by-2+@x") == []

    @on_loop
    async def test_nobody_is_attached_at_first(self, world: World) -> None:
        """Without a client nobody is watching, and that is known."""
        runtime = world.runtime()
        await world.up(runtime)
        watched = await runtime.attached()

        assert watched is not None
        assert not any(watched.values())

    @on_loop
    async def test_many_starts_at_once(self, world: World) -> None:
        """Starts do not take each other's places: as many processes as orders, each its own."""
        runtime = world.runtime()
        orders = [world.order(f"s{n}", argv=("/bin/sleep", "60")) for n in range(self.many)]
        started = await asyncio.gather(*map(runtime.start, orders))

        assert len({process.pid for process in started}) == self.many
        assert all(map(world.alive, started))
        assert [process.nonce for process in started] == [order.nonce for order in orders]

    @on_loop
    async def test_two_starts_of_one_session_at_once(self, world: World) -> None:
        """Of starts that race for one session at most one succeeds (law 3)."""
        runtime = world.runtime()
        ended = await asyncio.gather(*(runtime.start(world.order()) for _ in range(4)), return_exceptions=True)
        alive = [one for one in ended if isinstance(one, ProcessIdentity) and world.alive(one)]

        assert len(alive) <= 1, ended
        assert all(isinstance(one, StartFailed) for one in itertools.filterfalse(alive.__contains__, ended))
