"""The file that an agent keeps for its own process: which conversation, which status, since when."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ..model.observed import Activity, ProcessIdentity
from ..model.profile import Profile
from ..model.tells import Registry
from .files import Stamp, Unreadable, document, stamp
from .places import Place, fill, safe
from .values import dig, parse, seconds, text, whole

_LIMIT: Final = 64 * 1024
"""Far above what any agent writes of one process."""
_SLACK: Final = 2.0
"""Seconds by which a file's time and a process's start may disagree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an agent says of its process.

    :ivar since: wall-clock seconds of the last change of status; the file's own time when it does not say.
    """

    conversation: str | None
    activity: Activity
    since: float


class RegistryEye:
    """Follows one process's file."""

    def __init__(self, profile: Profile, place: Place, process: ProcessIdentity, began: Callable[[int], float]) -> None:
        """Prepare to look.

        :arg began: returns the wall-clock seconds of a pid's start, for entries that do not name their process's ticks;
            raises OSError when it cannot be known.
        """
        self._rules = rules = profile.registry
        self._process, self._began = process, began
        self._path = fill(rules.path, {"home": place.home, "pid": str(process.pid)}) if rules else None
        self._stamp: Stamp | None = None
        self._entry: Entry | None = None

    def look(self) -> Entry | None:
        """Return what the agent says now; ``None`` when it says nothing that can be believed."""
        if self._path is None or self._rules is None:
            return None
        try:
            now = stamp(self._path)
            if now != self._stamp:
                self._entry = self._read(self._path, self._rules, now) if now else None
                self._stamp = now
        except (Unreadable, OSError):
            self._stamp = self._entry = None
        return self._entry

    def _read(self, path: str, rules: Registry, now: Stamp) -> Entry | None:
        document_ = parse(document(path, _LIMIT))
        return entry(document_, rules, now.wall) if self._is_ours(document_, rules, now) else None

    def _is_ours(self, written: Any, rules: Registry, now: Stamp) -> bool:
        """Tell whether this process wrote it: agents that are killed leave their files, and pids come again."""
        ticks = whole(dig(written, rules.start_ticks)) if rules.start_ticks else None
        if ticks is not None:
            return ticks == self._process.ticks
        return now.wall >= self._began(self._process.pid) - _SLACK


def entry(written: Any, rules: Registry, modified: float) -> Entry | None:
    """Return what a registry file says, ``None`` when it is none."""
    if not isinstance(written, dict):
        return None
    word = text(dig(written, rules.status)) if rules.status else None
    since = seconds(dig(written, rules.since), rules.since_unit) if rules.since else None
    return Entry(
        conversation=safe(dig(written, rules.conversation)),
        activity=rules.statuses.get(word, Activity.UNKNOWN) if word else Activity.UNKNOWN,
        since=modified if since is None else since,
    )
