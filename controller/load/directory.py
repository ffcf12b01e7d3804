"""One session directory over time: which content of each file counts (design 3.5), and what is in doubt.

A change counts at once when git is not at work in the tree and nobody has the file open for writing. What cannot be
known, and everything that is gone, counts only after it has looked the same for the settle time; so does what changed
together with other files or with the fleet's, where neither git nor a link says that the tree is whole: a copy under
way (rsync, scp) shows new files beside old ones, and half of each is nobody's word. While git is at work,
or somebody writes, nothing counts; a directory that is missing, unreadable or emptied keeps everything as it was.
"""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from ..model.memory import SeenFile
from ..model.problem import Code, Mark, Problem, Severity
from ..runtimes.trust import unsafe_way
from .document import Fault
from .git import INDEX_LOCK, Repository, find
from .lease import Writer
from .read import Look, look
from .scan import FLEET_NAMES, Snapshot, scan

_GONE: Final = ""
"""In place of a digest: nothing is there."""
_LOCK_PATIENCE: Final = 5.0
"""Seconds that git may hold its lock, or take and give it in a storm, before people are told; big trees take some."""
_WRITTEN: Final = "?"
"""In place of a digest: somebody writes."""
_TREE: Final = "/"
"""In place of a name: all that changed together."""
_LAYING: Final = "//"
"""In place of a name: since when they have been waited for, whatever they became meanwhile."""
_LAYING_PATIENCE: Final = 10.0
"""Seconds that a copy may take before people are told what is waited for."""
_VOLUME: Final = "..data"
"""The link through which a mounted volume shows its files: they all change at once when it is turned."""


class Directory:
    """What is known of one directory.

    :ivar digests: file name to what counts; one that starts with ``!`` is a fault of ``faults``.
    :ivar missing: names that count and cannot be seen now.
    :ivar doubt: why nothing is believed to be gone or to have changed.
    :ivar unsettled: something is waited for; ask again after the settle time.
    :ivar complete: everything that is there was once taken over.
    :ivar version: grows whenever anything that counts becomes another.
    """

    def __init__(self, path: Path, settle: float, *, as_is: bool = False) -> None:
        """Know nothing yet.

        :param settle: seconds of sameness that stand for certainty.
        :param as_is: believe every look; for those who ask about the files and not about the sessions.
        """
        self.path = path
        self._prefix = f"{path}{os.sep}"
        self.digests: dict[str, str] = {}
        self.faults: dict[str, Fault] = {}
        self.missing: frozenset[str] = frozenset()
        self.warnings: tuple[Problem, ...] = ()
        self.doubt: Problem | None = None
        self.unsettled = False
        self.complete = False
        self.version = 0
        self.repository: Repository | None = None
        self._settle = settle
        self._as_is = as_is
        self._identity: tuple[int, int] | None = None
        self._stamps: dict[str, str] = {}
        self._since: dict[str, tuple[str, float]] = {}
        self._contents: dict[str, bytes] = {}
        self._fresh: set[str] = set()
        self._dropped: set[str] = set()

    def file(self, name: str) -> str:
        """Return a file's path as a text; for each of 10,000 names a Path would cost more than the look itself."""
        return self._prefix + name

    def recall(self, seen: Mapping[str, SeenFile], last_good: Mapping[str, str]) -> None:
        """Take over what counted before the controller or the command was started.

        :param last_good: file name to digest; it counts where it is another one than that of the last look, which may
            be older: a look is only remembered when the file had been left alone for a while.
        """
        self.digests = {name: item.digest for name, item in seen.items()} | dict(last_good)
        self._stamps = dict.fromkeys(self.digests, "") | {
            name: item.stamp for name, item in seen.items() if item.digest == self.digests[name]
        }

    def distrust(self, names: set[str]) -> None:
        """Read these again at the next look: their content is needed and not known."""
        self._stamps |= dict.fromkeys(names & self._stamps.keys(), "")

    def take_fresh(self) -> dict[str, SeenFile]:
        """Return the new looks that are worth remembering: what was read, and is old enough to be trusted."""
        fresh, self._fresh = self._fresh, set()
        looks = ((name, self._stamps.get(name, "?"), self.digests.get(name, "!")) for name in fresh)
        return {
            name: SeenFile(stamp, digest) for name, stamp, digest in looks if stamp[-1:] != "?" and digest[0] != "!"
        }

    def take_dropped(self) -> set[str]:
        """Return the names that have ceased to count since this was last asked."""
        dropped, self._dropped = self._dropped, set()
        return dropped

    def take_contents(self) -> dict[str, bytes]:
        """Return what was read since this was last asked: digest to content."""
        contents, self._contents = self._contents, {}
        return contents

    def state(self) -> object:
        """Return a value that is equal as long as nothing that counts, or is told, has changed."""
        return self.version, self.missing, self.warnings, self.doubt, self.complete

    @property
    def sessions(self) -> frozenset[str]:
        """The files that count and are not the fleet's."""
        return frozenset(self.digests.keys() - FLEET_NAMES)

    def forget(self, name: str) -> None:
        """Let go of a file that is gone, by a person's word."""
        if self.digests.pop(name, None):
            self.version += 1
            self._dropped.add(name)
        self._stamps.pop(name, None)

    def observe(self, at: float) -> None:
        """Look once, at a time of the steady clock."""
        self.unsettled, self.warnings, self.doubt, self.missing = False, (), None, frozenset()
        try:
            if why := unsafe_way(self.path):
                self._doubt(Code.UNSAFE_OWNER, f"cannot trust the directory: {why}", "chown root, chmod go-w")
            else:
                self._observe(at)
        except OSError as error:
            why = os.strerror(error.errno or 0).lower()
            hint = "its sessions stay as they were; `muster init` makes one"
            self._doubt(Code.SOURCE, f"cannot read the directory: {why}", hint)
        if self.doubt and not self.unsettled:
            self._since.clear()
        self.complete = self.complete or not (self.unsettled or self.doubt)

    def _observe(self, at: float) -> None:
        self.repository = find(self.path)
        if self._at_work(at):
            return
        index = self.repository.index() if self.repository else None
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            snapshot = scan(fd)
            self._unreadable_names(snapshot)
            if snapshot.stamps == self._stamps:
                self._since.clear()
                return
            looks = self._looks(fd, snapshot)
        finally:
            os.close(fd)
        now = self.path.stat()
        if (now.st_dev, now.st_ino) != snapshot.identity or self._at_work(at):
            self.unsettled = True  # the path leads elsewhere by now, or git has begun: this look was of two worlds
            return
        quiet = not self.repository or self.repository.index() == index
        self._take_over(snapshot, looks, at, quiet=quiet)

    def _at_work(self, at: float) -> bool:
        """Tell whether git is changing the tree; said aloud when it takes longer than a moment."""
        work = self.repository.at_work() if self.repository and not self._as_is else None
        if work is None:
            return False
        self.unsettled = True
        _, since = self._since.get("", (work, at))
        self._since = {"": (work, since)}  # no wait goes on over a time in which nothing could be known
        patience = max(self._settle, _LOCK_PATIENCE) if work == INDEX_LOCK else self._settle
        if at - since >= patience:
            self._doubt(
                Code.SOURCE,
                f"cannot take over changes: git is at work in {self.repository and self.repository.root} ({work})",
                "finish or abort what was begun there",
                Severity.WARNING,
            )
        return True

    def _looks(self, fd: int, snapshot: Snapshot) -> dict[str, Look | None]:
        """Return a look at each file whose stamp is new."""
        roots = self._roots() if snapshot.links else ()
        return {
            name: look(fd, name, link=name in snapshot.links, roots=roots, path=self.path)
            for name, stamp in snapshot.stamps.items()
            if stamp != self._stamps.get(name)
        }

    def _roots(self) -> tuple[Path, ...]:
        """Return where links may lead: the directory, its repository, else the release that a link led to."""
        place = self.path.resolve()
        if self.repository:
            return place, self.repository.root
        return (place,) if place == self.path else (place, place.parent)

    def _take_over(self, snapshot: Snapshot, looks: Mapping[str, Look | None], at: float, *, quiet: bool) -> None:
        """Let count what is certain, and remember since when the rest has looked as it does."""
        waiting: dict[str, tuple[str, float]] = {}
        whole = self._whole(snapshot, looks, at, waiting)
        for name, seen in looks.items():
            if seen and self._counts(name, seen, at, waiting, quiet=quiet, whole=whole):
                self._accept(name, snapshot.stamps[name], seen)
            else:
                self.unsettled = True
        gone = self.digests.keys() - snapshot.stamps.keys()
        if self._as_is:
            self._drop(gone)
        elif gone and self.sessions and not self.sessions - gone and not snapshot.stamps.keys() - FLEET_NAMES:
            self._emptied(gone)
        else:
            self._gone(gone, at, waiting)
        self._since, self._identity = waiting, snapshot.identity

    def _whole(
        self, snapshot: Snapshot, looks: Mapping[str, Look | None], at: float, waiting: dict[str, tuple[str, float]]
    ) -> bool:
        """Tell whether what changed is one session's own word, or a tree that nobody is still laying."""
        changed = {name: seen.digest for name, seen in looks.items() if seen and seen.digest != self.digests.get(name)}
        alone = len(changed) <= 1 and not changed.keys() & set(FLEET_NAMES)
        if alone or self._as_is or self.repository or not self.digests or self._flipped(snapshot, changed):
            return True
        if self._same(_TREE, repr(sorted(changed.items())), at, waiting):
            return True
        _, since = waiting[_LAYING] = self._since.get(_LAYING, ("", at))
        if at - since >= max(self._settle, _LAYING_PATIENCE):
            message = "cannot take over changes: its files go on changing together"
            self._doubt(Code.SOURCE, message, "they count when all have been left alone for a second", Severity.WARNING)
        return False

    def _flipped(self, snapshot: Snapshot, changed: Collection[str]) -> bool:
        """Tell whether another tree was put in place at once, by a link that was turned to it."""
        if snapshot.links.issuperset(changed) and (self.path / _VOLUME).is_symlink():
            return True
        return snapshot.identity != self._identity and self.path.resolve() != self.path

    def _counts(
        self, name: str, seen: Look, at: float, waiting: dict[str, tuple[str, float]], *, quiet: bool, whole: bool
    ) -> bool:
        """Tell whether a look may be believed now."""
        if self._as_is or seen.digest == self.digests.get(name):
            return True
        if seen.writer is Writer.HELD:
            if self._same(name, _WRITTEN, at, waiting):
                message = "cannot take over the change: somebody has the file open for writing"
                self._warn(name, Code.HALF_WRITTEN, message, Severity.WARNING)
            return False
        certain = seen.writer is Writer.NONE or seen.fault is not None  # what cannot be read moves nothing
        if not whole:
            return False
        return (quiet and certain) or self._same(name, seen.digest, at, waiting)

    def _same(self, name: str, what: str, at: float, waiting: dict[str, tuple[str, float]]) -> bool:
        """Tell whether a name has looked like this for the settle time, counting from the first such look."""
        before, since = self._since.get(name, ("", at))
        waiting[name] = (what, since if before == what and name in self._since else at)
        return at - waiting[name][1] >= self._settle

    def _accept(self, name: str, stamp: str, seen: Look) -> None:
        if seen.digest != self.digests.get(name):
            self.version += 1
        self.digests[name], self._stamps[name] = seen.digest, stamp
        self._fresh.add(name)
        if seen.content is not None:
            self._contents[seen.digest] = seen.content
        if seen.fault:
            self.faults[seen.digest] = seen.fault
            self._stamps[name] = ""  # it may go by itself, as a busy disk does: look again each time

    def _gone(self, gone: set[str], at: float, waiting: dict[str, tuple[str, float]]) -> None:
        """Let absences count slowly; the fleet's never: without it every session would move."""
        for name in gone & set(FLEET_NAMES):
            message = "cannot find the fleet file: its last word stays in force"
            self._warn(name, Code.SOURCE, message, Severity.WARNING, "to go back to what is built in, write {} into it")
        absent = gone - set(FLEET_NAMES)
        certain = {name for name in absent if self._same(name, _GONE, at, waiting)}
        self._drop(certain)
        for name in certain:
            del waiting[name]
        self.missing = frozenset(absent - certain)
        self.unsettled = self.unsettled or bool(self.missing)

    def _drop(self, names: set[str]) -> None:
        for name in names:
            self.forget(name)

    def _emptied(self, gone: set[str]) -> None:
        self.missing = frozenset(gone)
        count = len(self.sessions)
        message = f"cannot believe that all {count} sessions are gone at once: they stay as they were"
        hint = "muster stop NAME stops a session whose file is gone"
        self._doubt(Code.SOURCE, message, hint, Severity.WARNING)

    def _unreadable_names(self, snapshot: Snapshot) -> None:
        for name in snapshot.unreadable:
            self._warn(name, Code.NOT_UTF8, "cannot read the file: its name is not UTF-8", hint="rename it")

    def _warn(
        self, name: str, code: Code, message: str, severity: Severity = Severity.ERROR, hint: str | None = None
    ) -> None:
        mark = Mark(self.file(name))
        self.warnings += (Problem(mark=mark, code=code, message=message, hint=hint, severity=severity),)

    def _doubt(self, code: Code, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        self.doubt = Problem(mark=Mark(str(self.path)), code=code, message=message, hint=hint, severity=severity)
