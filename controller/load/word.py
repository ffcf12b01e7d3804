"""What one session file says, checked by itself: the value every later step works with."""

from dataclasses import dataclass

from ..model.problem import Code, Mark, Problem, Severity
from ..model.scalars import NAME
from ..model.session import SessionSpec
from .check import check, sound
from .document import Document, Fault
from .scan import base, stem


@dataclass(frozen=True, slots=True)
class Word:
    """One reading of one session file.

    :ivar digest: of the content.
    :ivar name: the session's; empty when it is not known.
    :ivar spec: ``None`` when ``problems`` holds errors.
    :ivar marks: dotted path to the place of each value.
    :ivar sound: what is right in a wrong file, so that all that is wrong can be told at once.
    """

    file: str
    digest: str
    name: str
    spec: SessionSpec | None
    marks: dict[str, Mark]
    problems: tuple[Problem, ...] = ()
    sound: SessionSpec | None = None

    def mark(self, path: str) -> Mark:
        """Return the place of a field, or of the nearest thing around it that stands in the file."""
        while path and path not in self.marks:
            path = path.rpartition(".")[0]
        return self.marks.get(path) or Mark(self.file)


def word(file: str, digest: str, document: Document) -> Word:
    """Return what a session file's document says."""
    spec, faults = check(SessionSpec, document)
    name = stem(base(file))
    fault = None if name.startswith("_") else _bad_stem(spec, name)
    if name.startswith("_"):
        message = f"cannot take {name} as a session: names that start with _ are kept for Muster"
        fault = Fault(0, 0, Code.BAD_NAME, message, "rename the file")
    faults = (*faults, fault) if fault else faults
    name = (spec.name or name) if spec and not fault else _said_name(document, name)
    return Word(
        file,
        digest,
        name,
        None if faults else spec,
        {path: Mark(file, place.line, place.column) for path, place in document.places.items()},
        tuple(fault.at(file, name or None) for fault in faults),
        sound(SessionSpec, document) if faults else spec,
    )


def unread(file: str, digest: str, fault: Fault) -> Word:
    """Return the word of a file that could not be looked into."""
    name = stem(base(file))
    name = name if NAME.fullmatch(name) else ""
    return Word(file, digest, name, None, {}, (fault.at(file, name or None),))


def is_error(problem: Problem) -> bool:
    """Tell whether a problem keeps a file's word from counting."""
    return problem.severity is Severity.ERROR


def _bad_stem(spec: SessionSpec | None, name: str) -> Fault | None:
    """Tell why a file's name cannot name its session; with ``name:`` in it, it need not."""
    if (spec and spec.name) or NAME.fullmatch(name):
        return None
    message = f"cannot take {name!r} as the session's name: letters, digits and + - _ . @, up to 128"
    return Fault(0, 0, Code.BAD_NAME, message, "rename the file, or write name: in it")


def _said_name(document: Document, name: str) -> str:
    """Return the name of a session whose file is wrong, as well as it can be known."""
    said = document.tree.get("name", name)
    return said if isinstance(said, str) and NAME.fullmatch(said) else ""
