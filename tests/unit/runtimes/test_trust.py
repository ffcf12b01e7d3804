"""Small files of others, and the ways to what is ours."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from controller.runtimes import trust
from controller.runtimes.trust import Unfit, replaceable, unsafe_way

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give things to another user")
SOMEBODY = 12345


@pytest.fixture
def way(tmp_path: Path) -> Path:
    """A directory with two above it, all ours."""
    end = tmp_path / "above" / "ours"
    end.mkdir(parents=True)
    return end


@pytest.mark.parametrize("kind", ["fifo", "device", "directory", "socket", "loop", "endless"])
def test_only_a_bounded_regular_file_is_read_and_nothing_is_waited_for(short_path: Path, kind: str) -> None:
    place = short_path / "f"
    match kind:
        case "fifo":
            os.mkfifo(place)
        case "device":
            place.symlink_to("/dev/zero")
        case "directory":
            place.mkdir()
        case "socket":
            with socket.socket(socket.AF_UNIX) as end:
                end.bind(str(place))
        case "loop":
            place.symlink_to("f")
        case "endless":
            place.write_bytes(b"x" * 11)
    with pytest.raises(Unfit):
        trust.read(place, 10)


def test_a_swap_between_file_and_fifo_never_holds_up(tmp_path: Path) -> None:
    """Whoever looks before they open is lost to whoever swaps in between."""
    place, over = tmp_path / "f", threading.Event()

    def swap() -> None:
        while not over.is_set():
            os.mkfifo(f"{place}.fifo")
            os.replace(f"{place}.fifo", place)  # noqa: PTH105 - as fast as can be
            Path(f"{place}.file").write_text("said")
            os.replace(f"{place}.file", place)  # noqa: PTH105 - the same

    place.write_text("said")
    swapping = threading.Thread(target=swap)
    swapping.start()
    seen = set()
    try:
        for _ in range(2000):
            try:
                seen.add(trust.read(place, 10))
            except Unfit:
                seen.add(b"fifo")
    finally:
        over.set()
        swapping.join()

    assert seen <= {b"said", b"fifo"}


def test_a_directory_that_others_may_write_is_not_ours_for_long(way: Path) -> None:
    """A sticky one keeps others from what is not theirs, but not from adding to it."""
    assert (unsafe_way(way), replaceable(way)) == (None, None)
    way.parent.chmod(0o777)
    assert "above" in (unsafe_way(way) or "")
    assert "above" in (replaceable(way) or "")
    way.parent.chmod(0o777 | stat.S_ISVTX)
    assert (unsafe_way(way), replaceable(way)) == (None, None)
    way.chmod(0o777 | stat.S_ISVTX)
    assert unsafe_way(way) is not None


@ROOT
def test_a_group_is_others_to_root(way: Path) -> None:
    way.parent.chmod(0o770)
    assert unsafe_way(way) is not None
    assert replaceable(way) is not None


def test_a_link_is_as_safe_as_each_directory_on_its_way(way: Path, tmp_path: Path) -> None:
    """Where one in the middle is everybody's, everybody decides where the first leads."""
    middle = tmp_path / "middle"
    middle.mkdir()
    (middle / "on").symlink_to(way)
    (tmp_path / "first").symlink_to("middle/../middle/on")
    assert (unsafe_way(tmp_path / "first"), replaceable(tmp_path / "first")) == (None, None)
    middle.chmod(0o777)
    assert str(middle) in (unsafe_way(tmp_path / "first") or "")
    assert str(middle) in (replaceable(tmp_path / "first" / "new") or "")


@ROOT
@pytest.mark.parametrize("what", ["above", "link"])
def test_what_belongs_to_another_user_leads_where_they_like(way: Path, tmp_path: Path, what: str) -> None:
    link = tmp_path / "link"
    link.symlink_to(way)
    os.chown(way.parent if what == "above" else link, SOMEBODY, 0, follow_symlinks=False)
    assert f"user {SOMEBODY}" in (unsafe_way(link) or "")
    assert f"user {SOMEBODY}" in (replaceable(link) or "")


def test_what_is_not_there_yet_is_judged_by_what_is_above(way: Path) -> None:
    assert replaceable(way / "state" / "run") is None
    way.chmod(0o777)
    assert replaceable(way / "state" / "run") is not None


def test_a_directory_that_is_missing_is_missing_and_not_unsafe(tmp_path: Path) -> None:
    """Whoever mistyped it is not told of a directory above."""
    tmp_path.chmod(0o777 | stat.S_ISVTX)
    with pytest.raises(FileNotFoundError):
        unsafe_way(tmp_path / "mistyped")


def test_links_that_go_round_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(OSError, match="symbolic links"):
        unsafe_way(tmp_path / "round")
