"""What the files say, for commands that need no look at processes; and sessions by the name that a person typed."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MusterError

if TYPE_CHECKING:
    from ..model.desired import Declared
    from ..model.loaded import Loaded
    from ..settings import Settings


def loaded(settings: "Settings") -> "Loaded":
    """Return what the files say at this moment: a person who gives a command means what they see."""
    from ..load.assemble import Here
    from ..load.source import Source
    from ..record.memory import StoredMemory
    from ..record.store import Access, Store

    with Store(settings.database, Access.READ) as store:
        here = Here(settings.host_name, settings.labels)
        source = Source(settings.directories, StoredMemory(store), here, settle=settings.settle, as_is=True)
        return source.read().loaded


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

    hint = meant(name, known) or "`muster new` makes one"
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
