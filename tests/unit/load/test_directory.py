"""When a change counts: what is certain counts at once, the rest when it has looked the same for the settle time."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.load.directory import Directory
from controller.load.lease import Writer, reading
from controller.load.read import Look
from controller.load.scan import Snapshot
from controller.model.problem import Code
from tests.unit.load.world import SETTLE


class Disturbed(Directory):
    """A directory to which something happens in the middle of a look."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def _looks(self, fd: int, snapshot: Snapshot) -> dict[str, Look | None]:
        found = super()._looks(fd, snapshot)
        self.meanwhile()
        return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a directory with one session."""
    directory = tmp_path / "sessions.d"
    directory.mkdir()
    (directory / "a.yaml").write_text("tier: family\n")
    (directory / "b.yaml").write_text("tier: family\n")
    return directory


def settled(directory: Directory) -> Directory:
    """Let everything that is there count."""
    directory.observe(0.0)
    directory.observe(SETTLE)
    assert directory.sessions == {"a.yaml", "b.yaml"}
    return directory


def repository(place: Path) -> Path:
    """Make the directory part of what looks like a work tree."""
    git = place.parent / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "index").write_text("one")
    return git


def write_index(git: Path) -> None:
    """Replace the index as git does."""
    (git / "index.new").write_text("another")
    (git / "index.new").replace(git / "index")


@pytest.mark.parametrize("what", [write_index, lambda git: (git / "index.lock").touch()])
def test_a_look_beside_git_counts_for_nothing(place: Path, what: Callable[[Path], None]) -> None:
    """Git began, or began and ended, while the files were read: they may be of two revisions."""
    git = repository(place)
    directory = Disturbed(place, SETTLE)
    settled(directory)
    before = dict(directory.digests)
    (place / "a.yaml").write_text("tier: bots\n")
    directory.meanwhile = lambda: what(git)
    directory.observe(10.0)
    assert (directory.digests, directory.unsettled) == (before, True)
    (git / "index.lock").unlink(missing_ok=True)
    directory.meanwhile = lambda: None
    directory.observe(20.0)
    assert directory.digests != before


def test_a_path_that_leads_elsewhere_by_now_counts_for_nothing(place: Path) -> None:
    """The directory was swapped while it was read: what was seen is the old one's."""
    other = place.parent / "other"
    other.mkdir()
    link = place.parent / "link"
    link.symlink_to(place)
    directory = Disturbed(link, SETTLE)
    settled(directory)
    before = dict(directory.digests)
    (place / "a.yaml").write_text("tier: bots\n")

    def flip() -> None:
        link.unlink()
        link.symlink_to(other)

    directory.meanwhile = flip
    directory.observe(10.0)
    assert (directory.digests, directory.unsettled) == (before, True)


def test_nothing_counts_while_git_is_at_work(place: Path) -> None:
    """Neither a change nor an absence, however long it takes; and no wait goes on over that time."""
    git = repository(place)
    directory = settled(Directory(place, SETTLE))
    before = dict(directory.digests)
    (place / "a.yaml").unlink()
    directory.observe(10.0)
    (git / "index.lock").touch()
    for at in (10.5, 11.0, 14.0, 16.0):
        directory.observe(at)
        assert (directory.digests, directory.unsettled) == (before, True)
    assert directory.doubt is not None
    (git / "index.lock").unlink()
    directory.observe(17.0)
    assert directory.digests == before
    directory.observe(17.0 + SETTLE)
    assert directory.sessions == {"b.yaml"}


def test_what_is_begun_is_told_soon_and_a_lock_later(place: Path) -> None:
    """A checkout is no news; a rebase that waits for a person is."""
    git = repository(place)
    directory = settled(Directory(place, SETTLE))
    (git / "index.lock").touch()
    directory.observe(10.0)
    directory.observe(10.0 + SETTLE)
    assert directory.doubt is None
    (git / "index.lock").rename(git / "MERGE_HEAD")
    directory.observe(20.0)
    assert directory.doubt is not None
    assert "MERGE_HEAD" in directory.doubt.message


def test_a_written_file_counts_when_it_is_closed(place: Path) -> None:
    """Half a file that is open for writing never counts, however long it looks the same; people are told."""
    directory = settled(Directory(place, SETTLE))
    before = dict(directory.digests)
    with (place / "a.yaml").open("w") as half:
        half.write("tier: bo")
        half.flush()
        if not has_leases(half.fileno()):
            pytest.skip("no read leases here: half a file counts when it has looked the same for the settle time")
        for at in (10.0, 10.0 + SETTLE, 10.0 + 5 * SETTLE):
            directory.observe(at)
            assert (directory.digests, directory.unsettled) == (before, True)
        assert [problem.code for problem in directory.warnings] == [Code.HALF_WRITTEN]
    directory.observe(30.0)
    assert directory.digests != before
    assert directory.warnings == ()


def has_leases(written: int) -> bool:
    """Tell whether this system says that a file is open for writing."""
    fd = os.open(f"/dev/fd/{written}", os.O_RDONLY)
    try:
        with reading(fd) as writer:
            return writer is Writer.HELD
    finally:
        os.close(fd)


def test_a_fault_is_looked_at_again(place: Path) -> None:
    """What could not be read may be readable in a moment, without a sign on the file itself."""
    (place.parent / "outside.yaml").write_text("tier: bots\n")
    (place / "a.yaml").unlink()
    (place / "a.yaml").symlink_to("../outside.yaml")
    directory = settled(Directory(place, SETTLE))
    assert directory.digests["a.yaml"].startswith("!")
    repository(place)  # now the link ends inside the work tree
    directory.observe(10.0)
    directory.observe(10.0 + SETTLE)
    assert not directory.digests["a.yaml"].startswith("!")


def test_another_look_waits_anew(place: Path) -> None:
    """Time counts for what was seen: written for a while and then gone is not gone for a while."""
    directory = settled(Directory(place, SETTLE))
    with (place / "a.yaml").open("w"):
        directory.observe(10.0)
        (place / "a.yaml").unlink()
        directory.observe(10.0 + SETTLE)
        assert "a.yaml" in directory.sessions
    directory.observe(10.0 + 2 * SETTLE)
    assert "a.yaml" not in directory.sessions


def test_no_wait_goes_on_over_a_time_of_doubt(place: Path) -> None:
    """Gone, then the directory away, then back without it: that is one look, not two."""
    directory = settled(Directory(place, SETTLE))
    (place / "a.yaml").unlink()
    directory.observe(10.0)
    place.rename(place.parent / "away")
    directory.observe(12.0)
    assert directory.doubt is not None
    (place.parent / "away").rename(place)
    directory.observe(14.0)
    assert "a.yaml" in directory.sessions


def test_no_wait_goes_on_over_a_return(place: Path) -> None:
    """A link whose target was away and came back unchanged was never gone."""
    data = place.parent / "sessions.d" / "data"
    data.mkdir()
    (place / "a.yaml").rename(data / "a.yaml")
    (place / "a.yaml").symlink_to("data/a.yaml")
    directory = settled(Directory(place, SETTLE))
    directory.observe(8.0)
    data.rename(place / "away")
    directory.observe(10.0)
    (place / "away").rename(data)
    directory.observe(10.5)
    data.rename(place / "away")
    directory.observe(12.0)
    assert "a.yaml" in directory.sessions


TREE = ("_fleet.yaml", "a.yaml", "b.yaml")
"""In the order of copying tools: the fleet's file sorts before the sessions'."""


def newly(directory: Directory, at: float) -> set[bytes]:
    """Look, and return the contents that have come to count."""
    directory.take_contents()
    directory.observe(at)
    return set(directory.take_contents().values())


def lay(place: Path, word: str) -> set[bytes]:
    """Copy another tree over this one, and return its contents."""
    texts = {name: f"# {word} {name}\n".encode() for name in TREE}
    for name, text in texts.items():
        (place / name).write_bytes(text)
    return set(texts.values())


def test_a_tree_that_is_still_laid_counts_for_nothing(place: Path) -> None:
    """Half of it says what nobody ever said; it counts when it was left alone for the settle time."""
    directory = settled(Directory(place, SETTLE))
    for number, name in enumerate(TREE):  # the first alone: the sessions' files may be yet to come
        (place / name).write_text(f"# {name}\n")
        assert not newly(directory, 2.0 + number * SETTLE * 0.6)
    last = 2.0 + 2 * SETTLE * 0.6
    assert not newly(directory, last + SETTLE * 0.9)
    assert directory.unsettled
    assert newly(directory, last + SETTLE) == {f"# {name}\n".encode() for name in TREE}
    assert not directory.unsettled


def test_a_tree_that_is_never_left_alone_is_told(place: Path) -> None:
    """Nothing of it counts, and people are told why."""
    directory = settled(Directory(place, SETTLE))
    for number in range(21):
        lay(place, str(number))
        assert not newly(directory, 2.0 + number * SETTLE / 2)
        assert (directory.doubt is not None) == (number == 20)


def test_one_sessions_word_counts_at_once(place: Path) -> None:
    directory = settled(Directory(place, SETTLE))
    (place / "a.yaml").write_text("tier: bots\n")
    assert newly(directory, 2.0) == {b"tier: bots\n"}


def test_a_tree_counts_at_once_where_git_says_that_it_is_whole(place: Path) -> None:
    repository(place)
    directory = settled(Directory(place, SETTLE))
    assert lay(place, "other") == newly(directory, 2.0)


@pytest.mark.parametrize("inside", [False, True], ids=["release", "volume"])
def test_a_tree_that_a_link_is_turned_to_counts_at_once(place: Path, tmp_path: Path, *, inside: bool) -> None:
    shown = tmp_path / "shown"
    for release in ("one", "two"):
        (shown / release).mkdir(parents=True)
        laid = lay(shown / release, release)
    link = shown / "..data" if inside else tmp_path / "link"
    link.symlink_to(shown / "one")
    for name in TREE if inside else ():
        (shown / name).symlink_to(f"..data/{name}")
    directory = settled(Directory(shown if inside else link, SETTLE))
    fresh = tmp_path / "fresh"
    fresh.symlink_to(shown / "two")
    fresh.rename(link)
    assert newly(directory, 2.0) == laid
