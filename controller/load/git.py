"""What a git repository says without being asked through git: where it is, what it is at, whether it is at work.

Read from plain files: a pass may not cost a process. Repositories with reftables show no revision.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..runtimes.trust import read

INDEX_LOCK: Final = "index.lock"
"""Held while git changes files and index; gone again in a moment, unlike what is begun and waits for a person."""
_STALE_LOCK: Final = 600.0
"""Seconds after which an index lock was left by a git that died (facts/controllers.md 4)."""
_UNDER_WAY: Final = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")
_MOST: Final = 64 * 1024 * 1024
"""Bytes: ``packed-refs`` of a hundred thousand branches are some megabytes."""
_SHORT: Final = 12
"""Digits of a commit's name that are shown; git itself takes 7 to 12."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree.

    :ivar root: the top of the work tree.
    :ivar private: its own git directory; a linked work tree and a submodule have theirs elsewhere.
    :ivar shared: where branches and objects are.
    """

    root: Path
    private: Path
    shared: Path

    def at_work(self) -> str | None:
        """Return which operation is under way, ``None`` when the files are not being changed by git."""
        try:
            if time.time() - (self.private / INDEX_LOCK).stat().st_mtime < _STALE_LOCK:
                return INDEX_LOCK
        except OSError:
            pass
        return next((name for name in _UNDER_WAY if (self.private / name).exists()), None)

    def index(self) -> tuple[int, int, int] | None:
        """Return a stamp of the index: another one says that git has been at work in between."""
        try:
            status = (self.private / "index").stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def head(self) -> str | None:
        """Return the commit that is checked out, ``None`` before the first or when it cannot be read."""
        said = _text(self.private / "HEAD")
        if not said.startswith("ref: "):
            return said or None
        name = said.removeprefix("ref: ")
        return _text(self.private / name) or _text(self.shared / name) or self._packed(name)

    def _packed(self, name: str) -> str | None:
        for line in _text(self.shared / "packed-refs").splitlines():
            commit, _, ref = line.partition(" ")
            if ref == name:
                return commit
        return None


def short(commit: str) -> str:
    """Return a commit's name as people are shown it."""
    return commit[:_SHORT]


def find(directory: Path) -> Repository | None:
    """Return the repository whose work tree holds a directory; ``None`` when none does."""
    place = directory.resolve()
    owners = {0, os.geteuid(), *((place.stat().st_uid,) if place.exists() else ())}
    for root in (place, *place.parents):
        if private := _git_directory(root, owners):
            return Repository(root, private, (private / _text(private / "commondir")).resolve())
    return None


def _git_directory(root: Path, owners: set[int]) -> Path | None:
    """Return the git directory that ``.git`` is or names; one of another user is none, as git itself has it."""
    candidate = root / ".git"
    try:
        if candidate.lstat().st_uid not in owners:
            return None
    except OSError:
        return None
    if candidate.is_file():
        candidate = (root / _text(candidate).removeprefix("gitdir: ")).resolve()
    return candidate if (candidate / "HEAD").exists() else None


def _text(path: Path) -> str:
    """Return a small file's text, empty when it cannot be read."""
    try:
        return read(path, _MOST).decode("utf-8", "replace").strip()
    except OSError:
        return ""
