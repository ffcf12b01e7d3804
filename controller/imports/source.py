"""The files of another system as plain values: documents and tables; all that cannot be read is told with its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..model.imported import Trouble
from . import sqlite
from .documents import Unreadable, parsed
from .words import Words

_MOST_BYTES: Final = 64 * 1024 * 1024
"""A registry of a hundred thousand chats has half of it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON or YAML file.

    :ivar name: the file's last name.
    """

    file: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Database:
    """The wanted tables of a SQLite file, by name; a table that it does not have is not there."""

    file: str
    tables: Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Sources:
    """What was given, read."""

    documents: tuple[Document, ...]
    databases: tuple[Database, ...]
    troubles: tuple[Trouble, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that could be read."""
        return (*(one.file for one in self.documents), *(one.file for one in self.databases))

    def rows(self, table: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the rows of a table, with the place of each."""
        for database in self.databases:
            for number, row in enumerate(database.tables.get(table, ()), start=1):
                yield f"{database.file}: {table}, row {number}", row


def read(paths: Sequence[Path], words: Words) -> Sources:
    """Read files, and in directories those that the system keeps there. Nothing is changed; a fault stops nothing."""
    documents: list[Document] = []
    databases: list[Database] = []
    troubles: list[Trouble] = []
    for path in paths:
        for file in (found := _files(path, words)):
            try:
                if file.exists() and not file.is_file():  # a pipe would be waited for, for ever
                    raise Unreadable("it is no regular file")
                if sqlite.is_database(file):
                    tables, wrong = sqlite.tables(file, words.tables)
                    databases.append(Database(str(file), tables))
                    troubles += wrong
                else:
                    document, wrong = parsed(_content(file), str(file))
                    documents.append(Document(str(file), file.name, document))
                    troubles += wrong
            except (Unreadable, OSError) as error:
                troubles.append(_trouble(file, error))
        if not found:
            hint = f"{words.title} keeps {', '.join(words.files)}; name the file itself where it stands elsewhere"
            troubles.append(Trouble(str(path), f"cannot find records of {words.title} here", hint))
    return Sources(tuple(documents), tuple(databases), tuple(troubles))


def _files(path: Path, words: Words) -> list[Path]:
    """Return the path itself, or the system's files in a directory, each once, in the order of its words."""
    if not path.is_dir():
        return [path]
    found = (file for pattern in words.files for file in sorted(path.glob(pattern)) if file.is_file())
    return list(dict.fromkeys(found))


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise Unreadable(f"it has more than {_MOST_BYTES // 1024 // 1024} MiB")
    return content


def _trouble(file: Path, error: Exception) -> Trouble:
    if isinstance(error, Unreadable):
        place = f"{file}:{error.place}" if error.place else str(file)
        return Trouble(place, f"cannot read the file: {error}")
    why = (getattr(error, "strerror", None) or str(error)).lower()
    return Trouble(str(file), f"cannot read the file: {why}")
