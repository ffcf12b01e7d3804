"""From the word of each file to what is in force: last good words, names used twice, hosts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from ..model.desired import Declared
from ..model.problem import Code, Mark, Problem, Severity
from ..model.session import SessionSpec
from .cross import contradictions
from .fleet import FleetWord
from .kin import beyond_limits
from .scan import stem
from .shared import shared
from .word import Word, is_error


@dataclass(frozen=True, slots=True)
class Entry:
    """One file.

    :ivar word: what it says now; ``None`` when it cannot be seen now.
    :ivar last: its last good word.
    """

    file: str
    word: Word | None
    last: Word | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """This host, as ``hosts:`` may name it."""

    name: str
    labels: Mapping[str, str]

    def meant(self, spec: SessionSpec) -> bool:
        """Tell whether a session counts on this host."""
        if spec.hosts is None:
            return True
        return any(
            host.lower() == self.name.lower()
            if isinstance(host, str)
            else all(self.labels.get(label) == value for label, value in host.items())
            for host in spec.hosts
        )


@dataclass(frozen=True, slots=True)
class Assembled:
    """What follows from all files together.

    :ivar words: the words in force, by the name of the session.
    :ivar good: file to its word, of all files that are right.
    """

    sessions: Mapping[str, Declared]
    words: Mapping[str, Word]
    good: Mapping[str, Word]
    problems: tuple[Problem, ...]


def assemble(entries: Sequence[Entry], fleet: FleetWord, here: Here, also: Iterable[Problem] = ()) -> Assembled:
    """Return what is in force.

    :param also: errors that lie on every session, because the fleet's word is not known.
    """
    told: dict[str, list[Problem]] = defaultdict(list)
    good: dict[str, Word] = {}
    for entry in entries:
        if word := entry.word:
            places = {problem.mark for problem in word.problems}  # one word at one place is enough
            found = [*word.problems, *(one for one in contradictions(word, fleet) if one.mark not in places)]
            told[entry.file] += found
            if word.spec and not any(map(is_error, found)):
                good[entry.file] = word
    for file, problem in [*_same_stem(entries), *_same_name(entries, good), *_same_conversation(good)]:
        told[file].append(problem)
        good.pop(file, None)
    last = {entry.file: entry.last for entry in entries}
    words = _in_force(entries, good)
    while together := [one for one in _together(words, last, fleet, here) if one[1] not in told[one[0]]]:
        for file, problem in together:
            told[file].append(problem)
            good.pop(file, None)
        words = _in_force(entries, good)  # a file falls back to its last good word, which may share with another's
    for word in words.values():
        told[word.file] += _parent(word, words)
    sessions = {name: _declared(word, told[word.file], here, also) for name, word in sorted(words.items())}
    problems = [problem for found in told.values() for problem in found]
    return Assembled(sessions, words, good, tuple(problems))


def _together(
    words: Mapping[str, Word], last: Mapping[str, Word | None], fleet: FleetWord, here: Here
) -> Iterator[tuple[str, Problem]]:
    """Give what is wrong only because of other sessions that are in force."""
    yield from shared(words.values(), fleet, here.meant)
    yield from beyond_limits(words, last, fleet, here.meant)


def _same_stem(entries: Sequence[Entry]) -> Iterator[tuple[str, Problem]]:
    """Refuse ``a.yaml`` beside ``a.yml``: one of them is a left-over, and nobody knows which."""
    stems: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry.word:
            stems[stem(entry.file)].append(entry.file)
    for files in stems.values():
        for file in files if len(files) > 1 else ():
            other = next(PurePath(other).name for other in files if other != file)
            message = f"cannot tell which file is meant: {other} stands beside it"
            yield (
                file,
                Problem(mark=Mark(file), code=Code.DUPLICATE_NAME, message=message, hint="remove one of the two"),
            )


def _same_name(entries: Sequence[Entry], good: Mapping[str, Word]) -> list[tuple[str, Problem]]:
    """Refuse a name that two files use, in each of them. Files that are wrong hold the name of their last good word.

    A refused file falls back to its last good name, which may be another's new one: asked again until all is quiet.
    """
    left, refused = dict(good), list[tuple[str, Problem]]()
    while True:
        claims: dict[str, list[tuple[Entry, Word]]] = defaultdict(list)
        for entry in entries:
            if entry.word and (word := left.get(entry.file) or entry.last):
                claims[word.name.casefold()].append((entry, word))
        clashes = [claim for claim in claims.values() if len(claim) > 1]
        found = [(entry.file, _clash(word, claim)) for claim in clashes for entry, word in claim if entry.file in left]
        if not found:
            return refused
        refused += found
        for file, _ in found:
            del left[file]


def _same_conversation(good: Mapping[str, Word]) -> Iterator[tuple[str, Problem]]:
    """Refuse a conversation that two files name, in each of them: it has one writer (law 3)."""
    claims: dict[str, list[Word]] = defaultdict(list)
    for word in good.values():
        if word.spec and word.spec.conversation:
            claims[word.spec.conversation].append(word)
    for words in claims.values():
        for word in words if len(words) > 1 else ():
            other = next(other for other in words if other is not word)
            message = f"cannot go on with the conversation {word.spec and word.spec.conversation}: {other.file} does"
            mark = word.mark("conversation")
            yield word.file, Problem(mark=mark, code=Code.WRONG_VALUE, message=message, session=word.name)


def _clash(word: Word, claim: list[tuple[Entry, Word]]) -> Problem:
    other = next(other for entry, other in claim if entry.file != word.file)
    message = f"cannot use the name {word.name}: {other.file} uses it too"
    hint = "names are unique without regard to case; neither file counts until one is renamed"
    mark = word.marks.get("name") or Mark(word.file)
    return Problem(mark=mark, code=Code.DUPLICATE_NAME, message=message, hint=hint, session=word.name)


def _in_force(entries: Sequence[Entry], good: Mapping[str, Word]) -> dict[str, Word]:
    """Return the words that count, by name: right files, then last good words whose name is free."""
    words = {word.name: word for word in good.values()}
    taken = {name.casefold() for name in words}
    for entry in sorted(entries, key=lambda entry: entry.word is None):
        last = entry.last
        if last and entry.file not in good and last.name.casefold() not in taken:
            words[last.name] = last
            taken.add(last.name.casefold())
    return words


def _parent(word: Word, words: Mapping[str, Word]) -> Iterator[Problem]:
    parent = word.spec.parent if word.spec else None
    if parent and parent not in words:
        message = f"cannot find the parent {parent}: no session has this name"
        yield Problem(
            mark=word.mark("parent"),
            code=Code.WRONG_VALUE,
            message=message,
            session=word.name,
            severity=Severity.WARNING,
        )


def _declared(word: Word, told: Iterable[Problem], here: Here, also: Iterable[Problem]) -> Declared:
    assert word.spec is not None  # noqa: S101 - only right words are in force
    errors = tuple(filter(is_error, (*told, *also)))
    return Declared(
        name=word.name,
        spec=word.spec,
        file=word.file,
        marks=word.marks,
        problems=errors,
        here=here.meant(word.spec),
    )
