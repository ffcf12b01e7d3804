"""What stands beside a conversation: the model in force, the model it is pinned to, the models known here."""

import tomllib
from dataclasses import replace
from typing import Any, Final

from ..model.observed import ObservedModel
from ..model.profile import Listed, Profile
from ..model.tells import Beside
from ..resolve.models import normalise
from .files import DOCUMENT_LIMIT, Stamp, Unreadable, document, locked, stamp
from .places import Place, fill, paths, words
from .tally import Conversation
from .values import dig, every, parse, text

_NOTHING: Final[tuple[Stamp | None, Any]] = (None, None)


class BesideEye:
    """Follows a conversation's files that others write as a whole; what has not changed costs a stat."""

    def __init__(self, profile: Profile, place: Place, conversation: str | None) -> None:
        rules = profile.transcript
        self._profile = profile
        self._words = words(place, rules.slug, conversation) if rules else {"home": place.home, "cwd": place.cwd}
        self._read: dict[str, tuple[Stamp | None, Any]] = {}

    def completed(self, seen: Conversation) -> Conversation:
        """Return a conversation with the model that its newest answer came from, where its records name none."""
        rules = self._profile.transcript
        raw = self._value(rules.in_force) if rules and rules.in_force else None
        if raw is None:
            return seen
        name = normalise(raw, self._profile)
        model = ObservedModel(raw=raw, name=name, at=seen.answered) if name and seen.answered else None
        return replace(seen, found=True, prompted=True, model=model)

    def pinned(self) -> str | None:
        """Return the model that the conversation keeps, by the name people write."""
        raw = self._value(self._profile.pinned) if self._profile.pinned else None
        return normalise(raw, self._profile) if raw else None

    def leased(self) -> bool:
        """Tell whether a process holds the agent's own lock of the conversation."""
        path = fill(self._profile.lease, self._words) if self._profile.lease else None
        return path is not None and locked(path)

    def known(self) -> frozenset[str] | None:
        """Return the models that the agent knows here; a file that cannot be read names none."""
        listed = self._profile.models.listed
        return frozenset(name for rule in listed for name in self._names(rule)) if listed else None

    def _value(self, rule: Beside) -> str | None:
        path = fill(rule.path, self._words)
        found = paths(path) if path else []
        return text(dig(self._document(found[0]), rule.value)) if found else None

    def _names(self, rule: Listed) -> list[str]:
        path = fill(rule.path, self._words)
        entries = every(self._document(path), rule.entries) if path else ()
        said = (next((name for key in rule.name if (name := text(dig(entry, key)))), None) for entry in entries)
        return [name for name in said if name]

    def _document(self, path: str) -> Any:
        try:
            now, (before, read) = stamp(path), self._read.get(path, _NOTHING)
            if now != before:
                read = _parsed(path) if now else None
                self._read[path] = now, read
        except Unreadable:
            return None
        return read


def _parsed(path: str) -> Any:
    content = document(path, DOCUMENT_LIMIT)
    if not path.endswith(".toml"):
        return parse(content)
    try:
        return tomllib.loads(content.decode())
    except (ValueError, RecursionError):  # not UTF-8, or no TOML
        return None
