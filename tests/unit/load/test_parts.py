"""Small parts: git's plain files, hints, leases, what the package brings."""

import os
import subprocess
from pathlib import Path

import pytest

from controller.load.fleet import without_file
from controller.load.fleets import read_built_in
from controller.load.forgetful import Forgetful
from controller.load.git import find, short
from controller.load.lease import Writer, reading
from controller.load.near import meant, nearest
from controller.load.parses import Parses
from tests.unit.load.world import World

ROOT = Path(__file__).parents[3]


def git(place: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(place), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a repository with one commit."""
    place = tmp_path / "repository"
    git(tmp_path, "init", "-q", str(place))
    git(place, "commit", "-q", "--allow-empty", "-m", "one")
    return place


def test_the_head_is_read_without_git(repository: Path) -> None:
    """Loose, packed and detached: the commit is what git itself says."""
    found = find(repository)
    assert found is not None
    commit = git(repository, "rev-parse", "HEAD")
    assert found.head() == commit
    git(repository, "pack-refs", "--all")
    assert found.head() == commit
    git(repository, "checkout", "-q", "--detach")
    assert found.head() == commit
    assert commit.startswith(short(commit))


def test_a_linked_work_tree_has_its_own_head(repository: Path, tmp_path: Path) -> None:
    """A work tree's .git is a file; its index and head are its own, its branches are shared."""
    other = tmp_path / "other"
    git(repository, "worktree", "add", "-q", "-b", "two", str(other))
    git(other, "commit", "-q", "--allow-empty", "-m", "two")
    found = find(other / ".")
    assert found is not None
    assert (found.root, found.head()) == (other, git(other, "rev-parse", "HEAD"))


def test_an_unborn_branch_has_no_revision(tmp_path: Path) -> None:
    """Before the first commit there is nothing to name."""
    git(tmp_path, "init", "-q", ".")
    found = find(tmp_path)
    assert found is not None
    assert found.head() is None


def test_a_lock_is_work_until_it_is_old(repository: Path) -> None:
    """An index lock says that git is at work; one of ten minutes was left by a git that died."""
    found = find(repository)
    assert found is not None
    assert found.at_work() is None
    lock = repository / ".git" / "index.lock"
    lock.touch()
    assert found.at_work() == "index.lock"
    old = lock.stat().st_mtime - 601
    os.utime(lock, (old, old))
    assert found.at_work() is None


@pytest.mark.parametrize("name", ["rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD"])
def test_what_was_begun_is_work(repository: Path, name: str) -> None:
    """A rebase or merge that waits for a person leaves a tree that nobody means."""
    found = find(repository)
    assert found is not None
    (repository / ".git" / name).touch()
    assert found.at_work() == name


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give things to another user")
def test_another_users_repository_above_is_none_of_ours(repository: Path) -> None:
    """Whoever may write a directory above could have git at work for ever, or name a revision."""
    (repository / "sessions.d").mkdir()
    assert find(repository / "sessions.d") is not None
    os.chown(repository / ".git", 12345, 12345)
    assert find(repository / "sessions.d") is None
    os.chown(repository / "sessions.d", 12345, 12345)
    assert find(repository / "sessions.d") is not None


def test_a_repository_that_is_no_files_holds_nobody_up(repository: Path) -> None:
    """A FIFO in the place of what is read waits for nobody."""
    found = find(repository)
    assert found is not None
    (found.private / "HEAD").unlink()
    os.mkfifo(found.private / "HEAD")
    assert found.head() is None


def test_a_lease_does_not_end_us(tmp_path: Path) -> None:
    """A writer that opens the file while we hold a lease waits for us, and its signal harms nobody."""
    file = tmp_path / "a.yaml"
    file.write_text("x: y\n")
    fd = os.open(file, os.O_RDONLY)
    with reading(fd) as writer:
        process = subprocess.Popen(["sh", "-c", f"printf z > {file}"])
        content = os.read(fd, 100)
    assert process.wait(timeout=10) == 0
    os.close(fd)
    assert writer is Writer.UNKNOWN or content == b"x: y\n"


def test_hints_name_what_was_meant() -> None:
    """The nearest word, whatever its case, else what there is."""
    assert nearest("Modle", ["model", "tier"]) == "model"
    assert nearest("xyz", ["model"]) is None
    assert meant("xyz", ["a", "b"]) == "there are: a, b"
    assert meant("xyz", []) is None


def test_the_package_is_right() -> None:
    """Every built-in profile and the built-in fleet are valid."""
    below = read_built_in(Parses(Forgetful()))
    assert below.problems == ()
    assert set(below.profiles) == {path.stem for path in ROOT.glob("controller/agents/[!_]*.yaml")}


def test_the_example_is_what_is_built_in() -> None:
    """sessions.d/_fleet.yaml says what holds without it, and all examples are valid."""
    below = without_file(read_built_in(Parses(Forgetful())))
    loaded = World(ROOT / "sessions.d").settled()
    assert loaded.fleet.spec == below.fleet.spec
    assert loaded.problems == ()
    assert len(loaded.sessions) >= 3
