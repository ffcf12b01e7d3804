"""What the files say, for requests that need no look at processes; and sessions by the name that somebody typed."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MusterError

if TYPE_CHECKING:
    from ..load.source import Source
    from ..model.desired import Declared
    from ..model.loaded import Loaded
    from ..settings import Settings


def loaded(settings: "Settings") -> "Loaded":
    """Return what the files say at this moment: who gives a command means what they see."""
    with _source(settings) as source:
        return source.read().loaded


def if_said(settings: "Settings", texts: Mapping[Path, str]) -> "tuple[Loaded, Loaded]":
    """Return what the files say, and what they would say with these texts in the place of theirs, or beside them."""
    with _source(settings) as source:
        return source.read().loaded, source.if_said(texts)


@contextmanager
def _source(settings: "Settings") -> "Iterator[Source]":
    from ..load.assemble import Here
    from ..load.source import Source
    from ..record.memory import StoredMemory
    from ..record.store import Access, Store

    with Store(settings.database, Access.READ) as store:
        here = Here(settings.host_name, settings.labels)
        yield Source(settings.directories, StoredMemory(store), here, settle=settings.settle, as_is=True)


def session(found: "Loaded", name: str) -> "Declared":
    """Return a session by its name.

    :raises MusterError: when no file declares it.
    """
    if declared := found.sessions.get(name):
        return declared
    raise unknown(name, found.sessions)


def unknown(name: str, known: Iterable[str]) -> MusterError:
    """Return the error for a name that no session has."""
    from ..load.near import meant

    hint = meant(name, known) or "`muster validate` tells whether its file is in error; `muster new` makes one"
    return MusterError(f"cannot find the session {name!r}: no file declares it", hint=hint)


def fleet_file(settings: "Settings", found: "Loaded") -> Path:
    """Return the fleet's file; where there is none, the one that an edit would create."""
    return Path(found.fleet.file) if found.fleet.file else settings.directories[0] / "_fleet.yaml"


def remembered(settings: "Settings", name: str) -> bool:
    """Tell whether the state knows a session, whatever the files say."""
    from ..record.journal import Journal
    from ..record.store import Access, Store

    with Store(settings.database, Access.READ) as store:
        return name in Journal(store).records()
