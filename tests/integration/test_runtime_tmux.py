"""What is the `tmux` runtime's own: its server, panes that people watch, and servers that do not answer."""

import asyncio
import os
import pty
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.errors import MusterError
from controller.runtimes.base import AlreadyRunning, StartFailed, StopEnd
from controller.runtimes.tmux import TmuxRuntime
from tests.contract.runtime_contract import POLITE, RUDE, on_loop, stop_order
from tests.contract.test_tmux_runtime import TmuxWorld
from tests.waiting import wait_for_async

pytestmark = pytest.mark.tmux


@contextmanager
def person(argv: tuple[str, ...] | None) -> Iterator[int]:
    """Somebody at a terminal who runs this command; gives the terminal's other end."""
    assert argv is not None
    ours, theirs = pty.openpty()
    env = os.environ | {"TERM": "xterm"}
    process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True)
    os.close(theirs)
    try:
        yield ours
    finally:
        process.terminate()
        process.wait(10)
        os.close(ours)


class TestTmuxRuntime:
    @pytest.fixture
    def world(self, short_path: Path) -> Iterator[TmuxWorld]:
        world = TmuxWorld(short_path)
        yield world
        world.end_all()

    @on_loop
    async def test_person_at_the_terminal_is_seen(self, world: TmuxWorld) -> None:
        """Attached means a client with a recent key; others' sessions are not concerned."""
        runtime = world.runtime()
        await world.up(runtime, "al.ice")
        await world.up(runtime, "bob")
        with person(runtime.attach_argv("al.ice")):
            await wait_for_async(lambda: "al~ice" in world.tmux("list-clients"))
            watched = await runtime.attached() or {}

        assert watched == {"al.ice": True}

    @on_loop
    async def test_person_keeps_the_window_over_a_restart(self, world: TmuxWorld) -> None:
        """A restart happens in the same pane: who watches it goes on watching."""
        runtime = world.runtime()
        first = await world.up(runtime)
        before = world.tmux("list-panes", "-a", "-F", "#{pane_id}")
        with person(runtime.attach_argv("alice")):
            await wait_for_async(lambda: world.tmux("list-clients"))
            await runtime.stop(stop_order("alice", first, POLITE))
            second = await runtime.start(world.order())

            assert world.tmux("list-clients")
            assert world.alive(second)
        assert world.tmux("list-panes", "-a", "-F", "#{pane_id}") == before

    @on_loop
    async def test_final_stop_takes_the_pane_away(self, world: TmuxWorld) -> None:
        """A stopped session leaves no dead window behind; other sessions keep theirs."""
        runtime = world.runtime()
        alice, _ = await world.up(runtime), await world.up(runtime, "bob")
        await runtime.stop(stop_order("alice", alice, POLITE, final=True))

        assert world.tmux("list-sessions", "-F", "#{session_name}") == "bob\n"
        assert runtime.exit_of(alice) == "signal 15"

    @on_loop
    async def test_windows_of_a_person_stay(self, world: TmuxWorld) -> None:
        """What a person opened beside the session is theirs (law 4)."""
        runtime = world.runtime()
        process = await world.up(runtime)
        world.tmux("new-window", "-d", "-t", "=alice:", "/bin/sleep", "60")
        await runtime.stop(stop_order("alice", process, RUDE, final=True))
        left = world.tmux("list-panes", "-a", "-F", "#{pane_dead} #{pane_start_command}")

        assert left.split() == ["0", "/bin/sleep", "60"]
        again = await runtime.start(world.order())
        assert world.alive(again)
        await runtime.type("alice", again, "hello")
        await wait_for_async(lambda: world.said("alice") == ["hello"])

    @on_loop
    async def test_terminal_held_open_by_a_leftover_does_not_block_a_restart(self, world: TmuxWorld) -> None:
        """A pane whose process is gone is free, though a child of it keeps the terminal open."""
        runtime = world.runtime()
        process = await world.up(runtime, "alice", "--daemon")
        (child,) = (await world.ready("alice"))["children"]
        os.kill(process.pid, 9)
        await wait_for_async(lambda: not world.alive(process))
        (world.run_dir / "alice.lock").unlink()  # the child holds that too; here the pane is in question

        assert world.alive(await runtime.start(world.order()))
        os.kill(child, 9)

    @on_loop
    async def test_server_knows_no_secret(self, world: TmuxWorld) -> None:
        """Panes inherit the server's environment, so it has next to none."""
        os.environ["API_TOKEN"] = "s3cret"
        runtime = world.runtime()
        await runtime.start(world.order(OTHER="s3cret"))
        env = world.tmux("show-environment", "-g")

        assert "s3cret" not in env
        assert "MUSTER" not in env

    @on_loop
    async def test_nobody_s_configuration_is_read(self, world: TmuxWorld) -> None:
        """A person's own tmux.conf does not change how sessions live."""
        (Path(os.environ["HOME"]) / ".tmux.conf").write_text("set -g remain-on-exit off\nset -g base-index 7\n")
        await world.up(world.runtime())

        assert world.tmux("show-options", "-gv", "base-index") == "0\n"
        (Path(os.environ["HOME"]) / ".tmux.conf").unlink()

    @on_loop
    async def test_silent_server_is_unknown(self, world: TmuxWorld) -> None:
        """No answer is no absence: nobody's attachment is denied, and a start says why it failed."""
        world.socket.parent.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(world.socket))
            silent.listen()
            runtime = TmuxRuntime(run_dir=world.run_dir, socket=world.socket, patience=0.3)

            assert await runtime.attached() is None
            with pytest.raises(StartFailed, match=r"cannot start alice: .*did not answer within 0.3 s"):
                await runtime.start(world.order())
            await runtime.close()

    @on_loop
    async def test_absent_server_has_nobody(self, world: TmuxWorld) -> None:
        """Where there is no server, nobody is attached, and that is known."""
        assert await world.runtime().attached() == {}

    @on_loop
    async def test_dead_server_has_nobody(self, world: TmuxWorld) -> None:
        """A socket without a server behind it is no server; the next start makes a new one."""
        runtime = world.runtime()
        process = await world.up(runtime)
        pid = int(world.tmux("display-message", "-p", "#{pid}"))
        os.kill(pid, 9)
        await wait_for_async(lambda: not world.alive(process))

        assert await runtime.attached() == {}
        assert world.alive(await runtime.start(world.order()))

    @on_loop
    async def test_missing_tmux_says_how_to_get_it(self, world: TmuxWorld) -> None:
        """The person is told what to install; the sessions of a running server stay unknown."""
        runtime = world.runtime()
        await world.up(runtime)
        with pytest.MonkeyPatch.context() as elsewhere:
            elsewhere.setenv("PATH", "/nowhere")
            with pytest.raises(StartFailed, match="cannot find tmux") as failed:
                await runtime.start(world.order("bob"))
            assert await runtime.attached() is None

        assert "apt-get install tmux" in (failed.value.hint or "")

    @on_loop
    async def test_socket_directory_of_another_is_refused(self, world: TmuxWorld) -> None:
        """Who owns the socket's directory owns the sessions: a link put there in time is not followed."""
        (world.place / "elsewhere").mkdir()
        world.socket.parent.symlink_to(world.place / "elsewhere")
        with pytest.raises(StartFailed, match="not a directory of our own"):
            await world.runtime().start(world.order())

    @on_loop
    async def test_socket_directory_that_others_can_replace_is_refused(self, world: TmuxWorld) -> None:
        """A directory of our own under one that everybody may rename in is not ours for long."""
        above = world.place / "open"
        above.mkdir()
        above.chmod(0o777)
        runtime = TmuxRuntime(run_dir=world.run_dir, socket=above / "tmux" / "tmux.sock")
        with pytest.raises(StartFailed, match="other users can replace it"):
            await runtime.start(world.order())
        with pytest.raises(MusterError, match="other users can replace it"):
            runtime.attach_argv("alice")
        await runtime.close()

    @on_loop
    async def test_socket_directory_is_made_private(self, world: TmuxWorld) -> None:
        """A directory of ours that others may enter is closed before the server listens in it."""
        world.socket.parent.mkdir(mode=0o755)
        await world.up(world.runtime())

        assert world.socket.parent.stat().st_mode & 0o777 == 0o700

    @on_loop
    async def test_pane_in_use_is_refused_without_a_signal(self, world: TmuxWorld) -> None:
        """A pane in which something runs is never taken over, whatever happened to its files."""
        runtime = world.runtime()
        process = await world.up(runtime)
        shutil.rmtree(world.run_dir)
        with pytest.raises(AlreadyRunning, match="its pane is in use"):
            await runtime.start(world.order())

        assert world.alive(process)

    @on_loop
    async def test_line_is_typed_only_into_the_pane_of_the_process(self, world: TmuxWorld) -> None:
        """A process of ours that lives elsewhere is not reached through the pane of that name."""
        runtime = world.runtime()
        bob = await world.up(runtime, "bob")
        await world.up(runtime)
        with pytest.raises(MusterError, match="is not in its pane"):
            await runtime.type("alice", bob, "wrong place")

        assert world.said("alice") == []

    @on_loop
    async def test_failed_launch_shows_its_reason_in_the_pane(self, world: TmuxWorld) -> None:
        """Who attaches to a session that did not start reads why."""
        runtime = world.runtime()
        with pytest.raises(StartFailed):
            await runtime.start(world.order(argv=("/no-such-program",)))

        await wait_for_async(
            lambda: (
                "Pane is dead" in (screen := world.tmux("capture-pane", "-p", "-t", "=alice:"))
                and "/no-such-program is not installed" in screen
            )
        )
        assert (await runtime.stop(stop_order("alice", await runtime.start(world.order()), POLITE))).end is StopEnd.GONE


@pytest.mark.parametrize(
    "said, known",
    [
        ("protocol version mismatch (client 8, server 7)", False),
        ("", False),
        ("error connecting to /x/tmux.sock (Permission denied)", False),
        ("error connecting to /x/tmux.sock (No such file or directory)", True),
        ("error connecting to /x/tmux.sock (Connection refused)", True),
        ("no server running on /x/tmux.sock", True),
        ("server exited unexpectedly", True),
    ],
)
def test_only_a_proven_absence_is_an_absence(short_path: Path, said: str, known: bool) -> None:
    """Another version, no permission, no word: sessions may live there (design 3.3)."""
    tmux = short_path / "tmux"
    tmux.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    tmux.chmod(0o755)
    (short_path / "tmux.sock").touch()
    os.environ["PATH"] = f"{short_path}:{os.environ['PATH']}"
    runtime = TmuxRuntime(run_dir=short_path, socket=short_path / "tmux.sock")

    async def story() -> object:
        try:
            return await runtime.attached()
        finally:
            await runtime.close()

    assert asyncio.run(story()) == ({} if known else None)
