"""The last good word of each file: what stays in force while the file is wrong, away or half written (law 6)."""

from collections.abc import Collection, Mapping

from ..model.memory import LastGood, Memory
from .document import Document
from .outcome import restore
from .parses import Parses
from .word import Word, word


class LastWords:
    """The last good words, kept durably and in mind."""

    def __init__(self, memory: Memory, parses: Parses, *, durable: bool = True) -> None:
        """Recall them; ``durable=False`` for one who only looks: it keeps and forgets nothing for others."""
        self._memory, self._parses = memory, parses
        self._durable = durable
        self._kept: dict[str, LastGood] = dict(memory.last_good())
        self._words: dict[str, Word | None] = {}

    def digests(self) -> dict[str, str]:
        """Return file to digest."""
        return {file: last.digest for file, last in self._kept.items()}

    def digest(self, file: str) -> str | None:
        """Return the digest of a file's last good word."""
        last = self._kept.get(file)
        return last.digest if last else None

    def word(self, file: str) -> Word | None:
        """Return a session's last good word; ``None`` when there is none, or this version cannot read it any more."""
        if file not in self._words:
            document = self.document(file)
            said = word(file, self._kept[file].digest, document) if document else None
            self._words[file] = said if said and said.spec else None
        return self._words[file]

    def document(self, file: str) -> Document | None:
        """Return the document of a file's last good word."""
        last = self._kept.get(file)
        return restore(last.document) if last else None

    def keep(self, good: Mapping[str, tuple[str, str]]) -> None:
        """Remember that these files are right as they are.

        :param good: file to session name and digest; the name is empty for the fleet.
        """
        new = {file: said for file, said in good.items() if self._differs(file, *said)}
        if not new or not self._durable:
            return
        outcomes = self._parses.take_outcomes({digest for _, digest in new.values()})
        words = {
            file: LastGood(name, digest, outcomes[digest]) for file, (name, digest) in new.items() if digest in outcomes
        }
        self._memory.keep_last_good(words)
        self._kept |= words
        for file in words:
            self._words.pop(file, None)

    def forget(self, files: Collection[str]) -> None:
        """Drop the words of files that are gone for good."""
        known = [file for file in files if self._kept.pop(file, None)]
        for file in files:
            self._words.pop(file, None)
        if known and self._durable:
            self._memory.forget(known)

    def _differs(self, file: str, name: str, digest: str) -> bool:
        last = self._kept.get(file)
        return last is None or (last.name, last.digest) != (name, digest)
