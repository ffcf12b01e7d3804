"""One session's conversation on disk, read a little at a time: what has not changed costs a stat."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, assert_never

from ..model.profile import Profile
from ..model.tells import Transcript, TranscriptFormat
from . import jsondoc, jsonl, sqlite, text
from .files import Reading, Stamp, Unreadable, document, stamp
from .lines import Lines
from .places import Place, fill, paths, words
from .tally import Conversation, Kind, Sample, Tally

UNPLACED: Final = Conversation(prompted=None)
"""Nothing says where the conversation would stand."""
_GLOB_PAUSE: Final = 1.0
"""Seconds between two searches for a file that a pattern did not find."""

Bound = Mapping[str, str | float | None]


class TranscriptEye:
    """Follows one conversation."""

    def __init__(self, profile: Profile, place: Place, conversation: str | None) -> None:
        self._profile = profile
        self._rules = rules = profile.transcript
        self._words = words(place, rules.slug, conversation) if rules else {}
        self._filled = fill(rules.path, self._words) if rules else None
        self._files: dict[str, _File] = {}
        self._searched = float("-inf")
        self._witnessed = False
        """An earlier look saw that there was no file."""

    def look(self, boot: float, *, fresh: bool = False) -> Conversation:
        """Return the conversation as it stands; ``fresh`` searches for its file even when that was just done."""
        if self._filled is None or self._rules is None:
            return UNPLACED
        if "*" in self._filled and (fresh or boot - self._searched >= _GLOB_PAUSE):
            self._searched = boot
            self._keep(paths(self._filled))
        elif "*" not in self._filled and not self._files:
            self._keep([self._filled])
        seen = [file.look(self._witnessed) for file in self._files.values()]
        self._witnessed = self._witnessed or not any(one.found for one in seen)
        return _together(seen)

    def _keep(self, found: Sequence[str]) -> None:
        rules = self._rules
        assert rules is not None  # noqa: S101 - for the type checker: look() asked
        bound = {"conversation": self._words.get("conversation"), "cwd": self._words.get("cwd")}
        self._files = {path: self._files.get(path) or _file(path, self._profile, rules, bound) for path in found}


def _together(seen: Sequence[Conversation]) -> Conversation:
    """Return what several files of one conversation come to; the newest word of each kind counts."""
    if len(seen) == 1:
        return seen[0]
    there = [one for one in seen if one.found]
    if not there:
        return next((one for one in seen if one.prompted is None), Conversation())
    models = [one.model for one in there if one.model]
    latest = max(there, key=lambda one: one.turned)
    unsure = any(one.prompted is None for one in seen)
    return Conversation(
        found=True,
        prompted=True if any(one.prompted for one in there) else (None if unsure else False),
        model=max(models, key=lambda model: model.at, default=None),
        refused=latest.refused,
        answered=max(one.answered for one in there),
        busy=latest.busy,
        turned=latest.turned,
        touched=max(one.touched for one in there),
    )


class _File:
    """One file of a conversation: looked at again only when its stamps have changed."""

    def __init__(self, path: str, profile: Profile) -> None:
        self.path = path
        self.profile = profile
        self._stamps: tuple[Stamp | None, ...] = ()
        self._last = Conversation()

    def look(self, witnessed: bool) -> Conversation:  # noqa: FBT001 - one of two worlds, at one place
        try:
            stamps = self._now()
            if stamps[0] is None:
                self._forget()
            elif stamps != self._stamps or self._unfinished():
                # A record without a time is as old as the look that first saw it, where an earlier look did not.
                known = witnessed or bool(self._stamps)
                self._last = self._read(stamps[0], stamps[0].wall if known else 0.0)
                self._stamps = stamps
        except Unreadable as trouble:
            self._stamps = ()
            return Conversation(prompted=None, trouble=str(trouble))
        return self._last

    def _now(self) -> tuple[Stamp | None, ...]:
        return (stamp(self.path),)

    def _forget(self) -> None:
        self._stamps, self._last = (), Conversation()

    def _unfinished(self) -> bool:
        return False

    def _read(self, now: Stamp, seen: float) -> Conversation:
        raise NotImplementedError


class _LineFile(_File):
    """Lines that are only ever appended to."""

    def __init__(self, path: str, profile: Profile, read: Callable[[bytes], Iterator[Sample]]) -> None:
        super().__init__(path, profile)
        self._parse = read
        self._node: tuple[int, int] | None = None
        self._begin()

    def _begin(self) -> None:
        self._lines, self._tally = Lines(), Tally(self.profile, grows=True)

    def _forget(self) -> None:
        super()._forget()
        self._begin()

    def _unfinished(self) -> bool:
        return not self._lines.searched

    def _read(self, now: Stamp, seen: float) -> Conversation:
        with Reading(self.path) as reading:
            opened = reading.stamp()
            if self._node != opened[:2] or self._lines.rewritten(reading, opened.size):
                self._begin()
                self._node = (opened.device, opened.inode)
            for line in self._lines.appended(reading, opened.size, self._names_model):
                self._tally.add(self._parse(line), seen=seen)
            if not self._tally.user and self._lines.earlier(reading, self._is_turn):
                self._tally.user = True
        if self._tally.user:
            self._lines.forget_earlier()
        prompted = True if self._tally.user else (False if self._lines.searched else None)
        return self._tally.conversation(prompted=prompted, touched=now.wall)

    def _names_model(self, lines: Sequence[bytes]) -> bool:
        trial = Tally(self.profile)
        for line in lines:
            trial.add(self._parse(line), seen=0.0)
        return trial.model is not None

    def _is_turn(self, line: bytes) -> bool:
        return any(sample.kind is Kind.USER for sample in self._parse(line))


class _Document(_File):
    """A file that is written anew as a whole."""

    def __init__(self, path: str, profile: Profile, rules: Transcript) -> None:
        super().__init__(path, profile)
        self._rules = rules

    def _read(self, now: Stamp, seen: float) -> Conversation:
        return _added(self.profile, jsondoc.read(document(self.path), self._rules), self._last, now, seen)


class _Database(_File):
    """A database that many conversations may share."""

    def __init__(self, path: str, profile: Profile, rules: Transcript, bound: Bound) -> None:
        super().__init__(path, profile)
        self._rules, self._bound = rules, bound

    def _now(self) -> tuple[Stamp | None, ...]:
        return (stamp(self.path), stamp(f"{self.path}-wal"))

    def _read(self, now: Stamp, seen: float) -> Conversation:
        found = list(sqlite.read(self.path, self._rules, self._bound))
        return _added(self.profile, found, self._last, now, seen) if found else Conversation()


def _added(profile: Profile, found: Iterable[Sample], last: Conversation, now: Stamp, seen: float) -> Conversation:
    """Add up a whole reading; a model that stood there before is no newer for being read again."""
    tally = Tally(profile)
    tally.add(found, seen=seen)
    if tally.model and last.model and tally.model.at == seen and tally.model.raw == last.model.raw:
        tally.model = last.model
    return tally.conversation(prompted=tally.user, touched=now.wall)


def _file(path: str, profile: Profile, rules: Transcript, bound: Bound) -> _File:
    match rules.format:
        case TranscriptFormat.JSONL:
            return _LineFile(path, profile, jsonl.reader(rules))
        case TranscriptFormat.TEXT:
            return _LineFile(path, profile, text.reader(rules))
        case TranscriptFormat.JSON:
            return _Document(path, profile, rules)
        case TranscriptFormat.SQLITE:
            return _Database(path, profile, rules, bound)
        case _:
            assert_never(rules.format)
