"""Identity on real processes: signals reach the process that was meant or nobody."""

import asyncio
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from controller.model.observed import ProcessIdentity
from controller.runtimes.census import Census, look
from controller.runtimes.identity import alive, boot_id, gone, identify, open_verified, send, ticks_of
from tests.waiting import wait_for

Changed = Callable[[ProcessIdentity], ProcessIdentity]
SYS_EXIT = 60 if platform.machine() == "x86_64" else 93
"""Ends one thread; exit_group, which libraries call, ends them all."""
OTHERS = [
    pytest.param(lambda it: it.model_copy(update={"ticks": it.ticks + 1}), id="other ticks"),
    pytest.param(lambda it: it.model_copy(update={"boot_id": "earlier"}), id="other boot"),
]


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        yield process
        process.kill()


def identity_of(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    identity = identify(process.pid)
    assert identity is not None
    return identity


def ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a child has ended, without reaping it."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process may outlive its first thread")
def test_a_process_whose_first_thread_has_ended_is_not_gone() -> None:
    """It is listed as a zombie while others of its threads still run, write, and hold the run lock."""
    others = "threading.Thread(target=threading.Event().wait, args=(1.5,)).start()"
    program = f"import ctypes, threading; {others}; ctypes.CDLL(None).syscall({SYS_EXIT}, 0)"
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        identity = identify(process.pid)
        assert identity
        wait_for(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE, what="the first thread's end")

        assert alive(identity)
        assert asyncio.run(gone(identity, 10))
        assert not alive(identity)


def test_living_process_is_alive(sleeper: subprocess.Popen[bytes]) -> None:
    """An identity is boot, pid and start."""
    identity = identity_of(sleeper)

    assert alive(identity)
    assert (identity.boot_id, identity.pid, identity.ticks) == (boot_id(), sleeper.pid, ticks_of(sleeper.pid))


def test_zombie_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    """Who has ended is gone, whether or not somebody reaped it."""
    identity = identity_of(sleeper)
    sleeper.kill()
    wait_for(lambda: ended(sleeper))

    assert not alive(identity)
    assert identify(sleeper.pid) is None
    assert open_verified(identity) is None


@pytest.mark.parametrize("change", OTHERS)
def test_signal_for_another_process_reaches_nobody(sleeper: subprocess.Popen[bytes], change: Changed) -> None:
    """The number is the same, the process is not: no signal (law 4)."""
    other = change(identity_of(sleeper))

    assert not alive(other)
    assert not send(other, signal.SIGKILL)
    assert sleeper.poll() is None


def test_signal_for_the_process_reaches_it(sleeper: subprocess.Popen[bytes]) -> None:
    """And the one that was meant gets it."""
    assert send(identity_of(sleeper), signal.SIGTERM)
    assert sleeper.wait(10) == -signal.SIGTERM


def test_name_with_blanks_and_parentheses_is_read() -> None:
    """A program's name cannot shift the fields behind it."""
    name = "x) R 1 1 1 ("
    rename = f"import ctypes; ctypes.CDLL(None).prctl(15, {name.encode()!r}, 0, 0, 0)"
    wait = "import time; print(flush=True); time.sleep(60)"
    if sys.platform != "linux":
        pytest.skip("only Linux has prctl")
    with subprocess.Popen([sys.executable, "-c", f"{rename}\n{wait}"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        row = look().rows[process.pid]
        process.kill()

    assert (row.parent, row.session) == (os.getpid(), os.getsid(0))


def test_gone_is_told_at_once(sleeper: subprocess.Popen[bytes]) -> None:
    """The wait ends with the process, not with its time."""
    identity = identity_of(sleeper)

    async def story() -> bool:
        asyncio.get_running_loop().call_later(0.05, sleeper.kill)
        return await gone(identity, within=30)

    began = time.monotonic()
    assert asyncio.run(story())
    assert time.monotonic() - began < 10


def test_what_lives_is_not_gone(sleeper: subprocess.Popen[bytes]) -> None:
    """When the time is over and it lives, that is the answer."""
    assert not asyncio.run(gone(identity_of(sleeper), within=0.05))


def test_one_look_for_all_who_ask_together() -> None:
    """A thousand stops at once cost one look; a later question gets a later look."""

    async def story() -> tuple[bool, bool]:
        census = Census()
        first, second = await asyncio.gather(census.look(), census.look())
        third = await census.look()
        return first is second, third is first

    assert asyncio.run(story()) == (True, False)
