"""The end of a process is told once, to the event loop, whoever its parent is."""

import asyncio
import os
import resource
import subprocess
from collections.abc import Iterator

import pytest

from controller.model.observed import ProcessIdentity
from controller.observe.exits import Exits
from controller.runtimes.identity import identify
from tests.waiting import wait_for_async

Cat = subprocess.Popen[bytes]


@pytest.fixture
def cat() -> Iterator[Cat]:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def known(process: Cat) -> ProcessIdentity:
    identity = identify(process.pid)
    assert identity
    return identity


def test_an_exit_is_told_once_and_at_once(cat: Cat) -> None:
    async def scene() -> list[str]:
        told: list[str] = []
        exits = Exits(told.append)
        exits.watch("s", known(cat))
        exits.watch("s", known(cat))
        assert exits.living({"s"}) == {"s"}
        cat.kill()
        await wait_for_async(lambda: told, what="the end to be told")
        assert exits.living({"s"}) == frozenset()
        exits.close()
        return told

    assert asyncio.run(scene()) == ["s"]


def test_a_process_that_has_ended_is_not_among_the_living_before_it_is_told(cat: Cat) -> None:
    async def scene() -> None:
        exits = Exits(lambda _name: None)
        exits.watch("s", known(cat))
        cat.kill()
        cat.wait()
        assert exits.living({"s"}) == frozenset()  # the loop has not run since
        exits.close()

    asyncio.run(scene())


def test_another_process_under_the_pid_is_an_exit(cat: Cat) -> None:
    """The process that was meant has ended, although its pid lives."""

    async def scene() -> list[str]:
        told: list[str] = []
        exits = Exits(told.append)
        exits.watch("s", known(cat).model_copy(update={"ticks": 1}))
        await wait_for_async(lambda: told)
        exits.close()
        return told

    assert asyncio.run(scene()) == ["s"]


def test_nothing_is_told_of_what_is_no_longer_watched(cat: Cat) -> None:
    async def scene() -> list[str]:
        told: list[str] = []
        exits = Exits(told.append)
        exits.watch("s", known(cat))
        exits.unwatch("s")
        cat.kill()
        cat.wait()
        await asyncio.sleep(0)
        exits.close()
        return told

    before = len(os.listdir("/dev/fd"))

    assert asyncio.run(scene()) == []
    assert len(os.listdir("/dev/fd")) == before


def test_without_file_descriptors_it_looks_now_and_then(cat: Cat) -> None:
    async def scene() -> list[str]:
        told: list[str] = []
        exits = Exits(told.append)
        identity = known(cat)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            exits.watch("s", identity)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert exits.living({"s"}) == frozenset()
        assert told == []
        cat.kill()
        await wait_for_async(lambda: told, what="the end to be seen")
        exits.close()
        return told

    assert asyncio.run(scene()) == ["s"]
