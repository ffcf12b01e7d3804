"""Contents to documents, each parsed once: what was parsed before comes from the memory, by the name of its content."""

from collections.abc import Iterable, Mapping

from ..model.memory import Memory
from .document import Document, parse
from .outcome import dump, key, restore


class Parses:
    """The documents of contents, by digest."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._made: dict[str, bytes] = {}

    def known(self, digests: Iterable[str]) -> dict[str, Document]:
        """Return the documents that need no content: one query for all."""
        names = {key(digest): digest for digest in digests}
        kept = self._memory.parsed(names) if names else {}
        found = {names[name]: restore(outcome) for name, outcome in kept.items()}
        return {digest: document for digest, document in found.items() if document}

    def of(self, contents: Mapping[str, bytes]) -> dict[str, Document]:
        """Return the documents of these contents, and keep those that had to be parsed."""
        documents = self.known(contents)
        new = {digest: parse(content) for digest, content in contents.items() if digest not in documents}
        if new:
            outcomes = {digest: dump(document) for digest, document in new.items()}
            self._made |= outcomes
            self._memory.keep_parsed({key(digest): outcome for digest, outcome in outcomes.items()})
        return documents | new

    def take_outcomes(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Return what stands for these contents in the cache; a memory that could not keep it loses nothing here."""
        wanted = list(digests)
        made = {digest: self._made.pop(digest) for digest in wanted if digest in self._made}
        names = {key(digest): digest for digest in wanted if digest not in made}
        kept = self._memory.parsed(names) if names else {}
        return made | {names[name]: outcome for name, outcome in kept.items()}
