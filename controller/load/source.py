"""All directories together, over time: the one value that every pass starts from."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..model.loaded import Loaded
from ..model.memory import Memory
from ..model.problem import Code, Mark, Problem, Severity
from . import revision
from .assemble import Entry, Here, assemble
from .directory import Directory
from .document import Fault
from .fleets import FleetFile, Fleets, Ruling
from .git import find
from .last import LastWords
from .parses import Parses
from .result import loaded
from .scan import FLEET_NAMES
from .word import Word
from .words import Words


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading.

    :ivar loaded: the same object as before when nothing that counts has changed.
    :ivar unsettled: something is waited for: read again after the settle time.
    """

    loaded: Loaded
    unsettled: bool


class Source:
    """Reads the directories, and remembers what counts between two readings and between two starts."""

    def __init__(
        self,
        directories: Sequence[Path],
        memory: Memory,
        here: Here,
        *,
        settle: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        as_is: bool = False,
    ) -> None:
        """Recall what counted; read nothing yet.

        :param directories: absolute; the first is the writable one.
        :param settle: seconds between two looks that must be equal where a change cannot be known to be whole.
        :param as_is: believe every look at once, and remember nothing for others (``muster validate``).
        """
        self._directories = [Directory(path, settle, as_is=as_is) for path in directories]
        self._memory, self._here, self._clock, self._as_is = memory, here, clock, as_is
        parses = Parses(memory)
        self._last = LastWords(memory, parses, durable=not as_is)
        self._words = Words(parses)
        self._fleets = Fleets(parses, self._last)
        self._loaded: Loaded | None = None
        self._state: object = None
        self._revision: str | None = None
        self._revision_of: object = None
        if not as_is:
            self._recall()

    def read(self) -> Reading:
        """Look once at every directory, and return what is in force."""
        at = self._clock()
        self._observe(at)
        self._look_at_revision()
        if self._loaded is None or self._now() != self._state:
            self._fetch(at)
            self._state = self._now()
            self._loaded = self._load()
        return Reading(self._loaded, any(directory.unsettled for directory in self._directories))

    def forget(self, file: str) -> None:
        """Let go of a session whose file is gone, by a person's word: its last good word counts no more."""
        for directory in self._directories:
            if directory.path == Path(file).parent:
                directory.forget(Path(file).name)
        self._drop({file})
        self._loaded = None

    def at_revision(self, name: str) -> Loaded:
        """Return what would be in force if the first versioned directory's repository stood at a revision.

        :raises MusterError: when the revision, or a directory in it, cannot be read.
        """
        self.read()
        paths = [directory.path for directory in self._directories]
        repository = next(filter(None, map(find, paths)), None)
        entries, fleets, commit = list[Entry](), list[FleetFile](), ""
        for directory in self._directories:
            if repository is None or find(directory.path) == repository:
                commit, contents = revision.files_at(directory.path, name)
                words, found = self._words.of_contents(directory.path, contents)
                entries += [Entry(word.file, word, self._last.word(word.file)) for word in words]
                fleets += found
            else:
                entries += self._entries(directory)
                fleets += self._fleet_files(directory)
        ruling = self._fleets.rule(fleets)
        return loaded(assemble(entries, ruling.word, self._here, ruling.unknown), ruling, revision=commit)

    def if_said(self, texts: Mapping[Path, str]) -> Loaded:
        """Return what would be in force if these files held these texts; nothing is written or remembered."""
        self.read()
        entries, fleets = list[Entry](), list[FleetFile]()
        for directory in self._directories:
            said = {path.name: text.encode() for path, text in texts.items() if path.parent == directory.path}
            words, found = self._words.of_contents(directory.path, dict(said))
            others = [one for one in self._entries(directory) if Path(one.file).name not in said]
            entries += [*others, *(Entry(word.file, word, self._last.word(word.file)) for word in words)]
            fleets += found or self._fleet_files(directory)
        ruling = self._fleets.rule(fleets)
        return loaded(assemble(entries, ruling.word, self._here, ruling.unknown), ruling)

    # ---- what was, and what is to be remembered

    def _recall(self) -> None:
        mine: dict[str, dict[str, str]] = defaultdict(dict)
        for file, digest in self._last.digests().items():
            above, _, name = file.rpartition("/")
            mine[above][name] = digest
        for directory in self._directories:
            directory.recall(self._memory.seen(str(directory.path)), mine[str(directory.path)])

    def _observe(self, at: float) -> None:
        for directory in self._directories:
            directory.observe(at)
            self._drop(set(map(directory.file, directory.take_dropped())))
            looks = directory.take_fresh()
            if looks and not self._as_is:
                self._memory.keep_seen(str(directory.path), looks)

    def _drop(self, files: set[str]) -> None:
        if files:
            self._words.drop(files)
            self._last.forget(files)

    def _now(self) -> object:
        """Return a value that is equal as long as nothing that counts has changed."""
        return [self._revision, *(one.state() for one in self._directories)]

    def _fetch(self, at: float) -> None:
        """Have the words of all that counts; what no cache knows is read again, once."""
        unknown = self._words.fetch(*self._counting())
        if unknown:
            for directory in self._directories:
                directory.distrust({Path(file).name for file in unknown if Path(file).parent == directory.path})
            self._observe(at)
            self._words.fetch(*self._counting())

    def _counting(self) -> tuple[dict[str, str], dict[str, bytes], dict[str, Fault]]:
        """Return file to digest of all that counts, and the contents and faults that were read for it."""
        counting, contents, faults = dict[str, str](), dict[str, bytes](), dict[str, Fault]()
        for directory in self._directories:
            counting |= {directory.file(name): digest for name, digest in directory.digests.items()}
            contents |= directory.take_contents()
            faults |= directory.faults
        return counting, contents, faults

    # ---- what is in force

    def _load(self) -> Loaded:
        entries = [entry for directory in self._directories for entry in self._entries(directory)]
        fleets = [fleet for directory in self._directories for fleet in self._fleet_files(directory)]
        told = [problem for one in self._directories for problem in (one.doubt, *one.warnings) if problem]
        doubtful = {str(one.path) for one in self._directories if one.doubt or not one.complete}
        strays = self._strays()
        if strays:
            entries += [Entry(file, None, self._last.word(file)) for file in strays]
            told.append(_stray_warning(str(self._directories[0].path), len(strays)))
            doubtful.add(str(self._directories[0].path))
        ruling = self._fleets.rule(fleets)
        assembled = assemble(entries, ruling.word, self._here, ruling.unknown)
        self._last.keep(self._good(assembled.good, ruling))
        return loaded(assembled, ruling, told=told, doubtful=doubtful, revision=self._revision)

    def _entries(self, directory: Directory) -> list[Entry]:
        entries = []
        for name in sorted(directory.sessions):
            file = directory.file(name)
            word = self._words.sessions.get(file)
            # The same content need not be made into a word twice.
            last = word if word and word.spec and self._last.digest(file) == word.digest else self._last.word(file)
            entries.append(Entry(file, None if name in directory.missing else word, last))
        return entries

    def _fleet_files(self, directory: Directory) -> list[FleetFile]:
        files = [directory.file(name) for name in FLEET_NAMES if name in directory.digests]
        return [self._words.fleets.get(file) or FleetFile(file, "", None) for file in files]

    def _strays(self) -> list[str]:
        """Return files of directories that are no longer read, where one that is read holds no session.

        A mistyped or unmounted directory must not stop what runs; once there are sessions in it, it is meant.
        """
        if self._as_is or all(directory.sessions for directory in self._directories):
            return []
        paths = {directory.path for directory in self._directories}
        return [file for file in self._last.digests() if Path(file).parent not in paths]

    def _good(self, words: Mapping[str, Word], ruling: Ruling) -> dict[str, tuple[str, str]]:
        good = {file: (said.name, said.digest) for file, said in words.items()}
        if ruling.good:
            good[ruling.good] = ("", ruling.word.digest)
        return good

    def _look_at_revision(self) -> None:
        """See which revision is in force; while changes are waited for, it is still the one before."""
        directory = next((one for one in self._directories if one.repository), None)
        repository = directory.repository if directory else None
        if directory is None or repository is None:
            self._revision = None
            return
        state = (repository.head(), repository.index(), directory.version)
        if state == self._revision_of or (directory.unsettled and self._revision):
            return
        self._revision = revision.shown(repository, directory.path)
        # Asked while git was at work, the answer is of two worlds: ask again at the next reading.
        still = not repository.at_work() and (repository.head(), repository.index()) == state[:2]
        self._revision_of = state if still else None


def _stray_warning(directory: str, count: int) -> Problem:
    message = f"cannot believe that {count} sessions of another directory are no longer meant: they stay as they were"
    hint = "is the sessions directory right? muster stop NAME stops a session whose file is gone"
    return Problem(mark=Mark(directory), code=Code.SOURCE, message=message, hint=hint, severity=Severity.WARNING)
