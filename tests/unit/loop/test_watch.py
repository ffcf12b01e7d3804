"""Where files may change: through every link on the way, and through links that flip."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from controller.loop.watch import chain, hints, topology
from tests.waiting import wait_for_async


def directory(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def test_a_plain_directory_is_its_own_chain(tmp_path: Path) -> None:
    """Nothing else is watched."""
    plain = directory(tmp_path / "sessions.d")

    assert chain(plain) == {plain}


def test_a_linked_directory_is_watched_with_the_homes_of_its_links(tmp_path: Path) -> None:
    """A link that is replaced is a change of the directory that holds it."""
    target = directory(tmp_path / "releases" / "1" / "sessions.d")
    homes = directory(tmp_path / "etc"), directory(tmp_path / "srv")
    (homes[0] / "sessions.d").symlink_to("../srv/current/sessions.d")
    (homes[1] / "current").symlink_to("../releases/1")

    assert chain(homes[0] / "sessions.d") == {target, homes[0] / "sessions.d", *homes, homes[1] / "current/sessions.d"}


def test_a_mounted_volume_is_watched_behind_its_data_link(tmp_path: Path) -> None:
    """Kubernetes flips `..data`; git-sync flips the link to its worktree."""
    volume = directory(tmp_path / "volume")
    behind = directory(volume / "..2026_11_20")
    (volume / "..data").symlink_to("..2026_11_20")

    assert {volume, behind} <= chain(volume / "..data")


@pytest.mark.parametrize("kind", ["missing", "loop", "broken"])
def test_what_leads_nowhere_ends(tmp_path: Path, kind: str) -> None:
    """No error and no endless walk."""
    path = tmp_path / "sessions.d"
    if kind != "missing":
        path.symlink_to(path if kind == "loop" else tmp_path / "nowhere")

    assert chain(path) <= {tmp_path}
    assert isinstance(topology([path]), frozenset)


def test_a_flipped_link_is_another_topology(tmp_path: Path) -> None:
    """The path is the same, the directory behind it is not."""
    link, before = flip(tmp_path, "one"), topology([tmp_path / "sessions.d"])
    assert topology([link]) == before
    flip(tmp_path, "two")

    assert topology([link]) != before


def test_a_directory_made_anew_is_another_topology(tmp_path: Path) -> None:
    """A checkout replaced it: a watch on the old inode is a watch on nothing."""
    path = directory(tmp_path / "sessions.d")
    before = topology([path])
    path.rename(tmp_path / "old")
    directory(path)

    assert topology([path]) != before


def flip(place: Path, name: str) -> Path:
    """Let the link lead to a directory of another name, in one step."""
    (place / name).mkdir(exist_ok=True)
    (place / "new").symlink_to(name)
    return (place / "new").replace(place / "sessions.d")


class Listener:
    """Counts hints."""

    def __init__(self) -> None:
        self.heard = 0

    async def listen(self, path: Path, stop: asyncio.Event) -> None:
        async for _ in hints([path], stop, lambda _: None):
            self.heard += 1


async def hinted(path: Path, *changes: tuple[Callable[[], object], int]) -> None:
    """Make each change, again and again until it is told so many times: the watch may not stand yet."""
    stop, listener = asyncio.Event(), Listener()
    listening = asyncio.create_task(listener.listen(path, stop))
    await asyncio.sleep(0)

    def told(change: Callable[[], object], enough: int) -> bool:
        change()
        return listener.heard >= enough

    try:
        for change, times in changes:
            await wait_for_async(partial(told, change, listener.heard + times), what="a hint")
    finally:
        stop.set()
        await listening


def test_a_change_behind_a_flipped_link_is_told(tmp_path: Path) -> None:
    """Of a file, of the link, and of a file in the new directory, which was never watched before."""
    link = flip(tmp_path, "one")

    def write() -> None:
        (link / "ann.yaml").write_text("model: large\n")

    asyncio.run(hinted(link, (write, 1), (lambda: flip(tmp_path, "two"), 1), (write, 9)))


def test_a_directory_that_comes_later_is_told(tmp_path: Path) -> None:
    """It was not there when the controller started; no rescan need be waited for."""
    path = tmp_path / "later" / "sessions.d"

    asyncio.run(hinted(path, (lambda: path.mkdir(parents=True, exist_ok=True), 1)))
