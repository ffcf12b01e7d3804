"""Which fleet is in force: the first directory's file that is right, its last good word, or what is built in."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..model.problem import Code, Mark, Problem
from .document import Document, Fault
from .fleet import BuiltIn, FleetWord, built_in, fleet_word, without_file
from .last import LastWords
from .parses import Parses
from .profiles import built_in_contents
from .read import digest as digest_of


@dataclass(frozen=True, slots=True)
class FleetFile:
    """A fleet file: its document, or why there is none."""

    file: str
    digest: str
    document: Document | Fault | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """The fleet that counts.

    :ivar good: the file whose word this is as it stands now, ``None`` when it is a last good or the built-in one.
    :ivar unknown: errors that lie on every session: there is a fleet file, and no word of it is known.
    """

    word: FleetWord
    problems: tuple[Problem, ...] = ()
    good: str | None = None
    unknown: tuple[Problem, ...] = ()


def read_built_in(parses: Parses) -> BuiltIn:
    """Return what the package brings."""
    contents = built_in_contents()
    digests = {file: digest_of(content) for file, content in contents.items()}
    documents = parses.of({digests[file]: content for file, content in contents.items()})
    every = digest_of("".join(sorted(digests.values())).encode())
    return built_in({file: documents[digest] for file, digest in digests.items()}, every)


class Fleets:
    """Rules which fleet counts; an unchanged file is not read twice."""

    def __init__(self, parses: Parses, last: LastWords) -> None:
        self.built_in = read_built_in(parses)
        self._last = last
        self._read: dict[tuple[str, str], tuple[FleetWord | None, tuple[Problem, ...]]] = {}

    def rule(self, files: Sequence[FleetFile]) -> Ruling:
        """Return the fleet that counts; a second file counts for nothing and is told."""
        below = self.built_in
        if not files:
            return Ruling(without_file(below), below.problems)
        first, *others = files
        word, problems = self._word(first)
        told = (*below.problems, *problems, *(_second(other.file, first.file) for other in others))
        if word:
            return Ruling(word, told, good=first.file)
        document = self._last.document(first.file)
        last = fleet_word(first.file, "last", document, below)[0] if document else None
        return Ruling(last, told) if last else Ruling(without_file(below), told, unknown=problems)

    def _word(self, file: FleetFile) -> tuple[FleetWord | None, tuple[Problem, ...]]:
        document = file.document
        if document is None:
            return None, ()
        if isinstance(document, Fault):
            return None, (document.at(file.file),)
        known = (file.file, file.digest)
        if known not in self._read:
            self._read = {known: fleet_word(file.file, file.digest, document, self.built_in)}
        return self._read[known]


def _second(file: str, first: str) -> Problem:
    message = f"cannot use a second fleet file: {first} rules"
    return Problem(mark=Mark(file), code=Code.DUPLICATE_NAME, message=message, hint="keep one of the two")
