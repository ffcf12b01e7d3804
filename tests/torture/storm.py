"""A storm over the files: the same sessions in revision after revision, by all the ways in which people change them."""

import shutil
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

from controller.model.event import EventType
from tests.torture.ground import FULL, Ground
from tests.torture.trees import Forest, Tree
from tests.waiting import wait_for

SESSIONS: Final = 200 if FULL else 15
TURNS: Final = 100 if FULL else 12
REVISIONS: Final = 12
LONGEST: Final = 1.0
"""Seconds between two turns: from shorter to longer than the quiet time that a reader waits for."""
PATIENCE: Final = 600.0 if FULL else 90.0


class Way(ABC):
    """How a directory of sessions gets from one revision to another."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.chance = ground.chance
        self.forest = Forest(SESSIONS, ground.chance)
        self.trees = [self.forest.grow(number, whole=number == 0) for number in range(REVISIONS)]

    @abstractmethod
    def lay(self, tree: Tree) -> None:
        """Make the directory hold this revision."""

    def turn(self) -> None:
        self.lay(self.chance.choice(self.trees))

    def close(self) -> None:  # noqa: B027 - most leave nothing behind
        """Leave nothing of it behind."""


def laid(tree: Tree, place: Path) -> None:
    """Write a revision's files into a directory as a shell does, and take away what is not in it."""
    for name in {file.name for file in place.glob("*.yaml")} - tree.files.keys():
        (place / name).unlink()
    for name, text in tree.files.items():
        (place / name).write_text(text)


class ByGit(Way):
    """By checkouts, resets, fast-forwards and rebases of a real repository."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._git("init", "-q", "-b", "main", ".")
        self._shas: dict[Tree, str] = {}
        for tree in self.trees:
            laid(tree, ground.sessions)
            self._commit("-A")
            self._shas[tree] = self._git("rev-parse", "HEAD")

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.ground.sessions, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _commit(self, what: str) -> None:
        self._git("add", what)
        self._git("commit", "-q", "-m", "another")

    def lay(self, tree: Tree) -> None:
        self._git("checkout", "-q", "-B", "main", self._shas[tree])

    def turn(self) -> None:
        sha = self._shas[self.chance.choice(self.trees)]
        match self.chance.randrange(4):
            case 0:
                self._git("checkout", "-q", "--detach", sha)
            case 1:
                self._git("reset", "-q", "--hard", sha)
            case 2:  # what a pull does once it has fetched
                self._git("checkout", "-q", "--detach", self._shas[self.trees[0]])
                self._git("merge", "-q", "--ff-only", sha)
            case _:
                self._rebase(sha)

    def _rebase(self, sha: str) -> None:
        """Bring a commit of somebody's own, about nothing that we read, on top of another revision."""
        self._git("checkout", "-q", "-B", "side", self._shas[self.chance.choice(self.trees)])
        (self.ground.sessions / "NOTES").write_text(sha)
        self._commit("NOTES")
        self._git("rebase", "-q", "--onto", sha, "HEAD~1", "side")


class ByHand(Way):
    """File after file as copying tools, shells, sed and editors write them; or the directory goes and comes back.

    All but the last take some time over a tree, the fleet's file first, as it sorts: half of it must not count.
    """

    def lay(self, tree: Tree) -> None:
        laid(tree, self.ground.sessions)

    def turn(self) -> None:
        tree = self.chance.choice(self.trees)
        self.chance.choice((self._renamed, self.lay, self._edited, self._streamed, self._moved))(tree)

    def _renamed(self, tree: Tree) -> None:
        """As rsync does; what is not in the tree stays."""
        for name, text in tree.files.items():
            self.ground.write(name, text)

    def _edited(self, tree: Tree) -> None:
        """As editors do: the old file becomes a backup, a new one takes its place, the backup goes."""
        for name, text in tree.files.items():
            file = self.ground.sessions / name
            if file.exists():
                file.rename(backup := file.with_name(f"{name}~"))
                file.write_text(text)
                backup.unlink()

    def _streamed(self, tree: Tree) -> None:
        """As ``sed -i`` does, over all files in one run."""
        there = [name for name in tree.files if (self.ground.sessions / name).exists()]
        subprocess.run(["sed", "-i", "s/^# .*$/# by sed/", *there], cwd=self.ground.sessions, check=True)

    def _moved(self, tree: Tree) -> None:
        there, aside = self.ground.sessions, self.ground.root / "aside"
        fresh = self.ground.root / "fresh"
        fresh.mkdir()
        laid(tree, fresh)
        there.rename(aside)
        self.ground.moment(LONGEST)
        fresh.rename(there)
        shutil.rmtree(aside)


class ByLink(Way):
    """By a link that is turned to another release: the directory itself is the link."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        shutil.rmtree(ground.sessions)
        self._releases: list[Path] = []

    def lay(self, tree: Tree) -> None:
        release = self._another(len(self._releases))
        release.mkdir()
        laid(tree, release)
        self._show(release)
        self._releases.append(release)
        for old in self._releases[:-2]:
            shutil.rmtree(old, ignore_errors=True)

    def _another(self, number: int) -> Path:
        return self.ground.root / f"release{number}"

    def _show(self, release: Path) -> None:
        turned(self.ground.sessions, release)


class ByVolume(ByLink):
    """By ``..data``, as mounted volumes do: every file is a link through it."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        ground.sessions.mkdir()

    def _another(self, number: int) -> Path:
        return self.ground.sessions / f"..{number}"

    def _show(self, release: Path) -> None:
        there, wanted = self.ground.sessions, {file.name for file in release.iterdir()}
        turned(there / "..data", release)
        shown = {file.name for file in there.glob("*.yaml")}
        for name in wanted - shown:
            (there / name).symlink_to(Path("..data", name))
        for name in shown - wanted:
            (there / name).unlink()


class ByMount(ByLink):
    """By mounting another directory over it, after a time in which nothing was mounted there and it was empty."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        ground.sessions.mkdir()
        self._mounted = False

    def _show(self, release: Path) -> None:
        self.close()
        self.ground.moment(LONGEST)
        subprocess.run(["mount", "--bind", release, self.ground.sessions], check=True)
        self._mounted = True

    def close(self) -> None:
        """Unmount, whoever still looks into it."""
        if self._mounted:
            subprocess.run(["umount", "--lazy", self.ground.sessions], check=True)
        self._mounted = False


def turned(link: Path, release: Path) -> None:
    """Turn a link to another release at once."""
    fresh = link.with_name(f"{link.name}.fresh")
    fresh.symlink_to(release)
    fresh.replace(link)


def storm(way: Way) -> None:
    """Have sessions up, let the storm go over their files, and judge what it did to them."""
    ground, first = way.ground, way.trees[0]
    way.lay(first)
    ground.start()
    ground.up(*first.models)
    still = ground.pids(*way.forest.still)
    for _ in range(TURNS):
        way.turn()
        ground.moment(LONGEST)
    way.lay(first)
    wait_for(
        lambda: all(ground.model(name) == model for name, model in first.models.items()), PATIENCE, "the last word"
    )
    switched = ground.events(EventType.MODEL_SWITCH)
    ground.toll.counted.update(sessions=SESSIONS, turns=TURNS, switches=sum(one["count"] for one in switched))
    assert {one["session"] for one in switched} <= set(way.forest.moving)
    now = ground.pids(*still)
    assert now == still, [(name, ground.events(session=name)) for name, was in still.items() if now[name] != was]


def _behind(ground: Ground, tree: Tree) -> dict[str, str | None]:
    """The sessions that are not where a revision wants them, with where they are."""
    return {name: there for name, wanted in tree.models.items() if (there := ground.model(name)) != wanted}
