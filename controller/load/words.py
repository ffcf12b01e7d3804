"""From contents to words: what each file that counts says, made once for each content."""

from collections.abc import Collection, Mapping
from pathlib import Path

from ..model.problem import Code
from .document import MOST_BYTES, Document, Fault
from .fleets import FleetFile
from .parses import Parses
from .read import digest as digest_of
from .scan import FLEET_NAMES, base
from .word import Word, unread, word


class Words:
    """What every file says; sessions and fleets apart."""

    def __init__(self, parses: Parses) -> None:
        self.sessions: dict[str, Word] = {}
        self.fleets: dict[str, FleetFile] = {}
        self._parses = parses

    def fetch(
        self, counting: Mapping[str, str], contents: Mapping[str, bytes], faults: Mapping[str, Fault]
    ) -> set[str]:
        """Make the words of the files that count, and return those whose content must be read again.

        :param counting: file to digest.
        """
        needed = {file: digest for file, digest in counting.items() if not self._known(file, digest)}
        read = {digest: contents[digest] for digest in needed.values() if digest in contents}
        documents = self._parses.of(read)
        documents |= self._parses.known(
            {digest for digest in needed.values() if digest not in documents and digest not in faults}
        )
        for file, digest in needed.items():
            if said := faults.get(digest) or documents.get(digest):
                self._take(file, digest, said)
        return {file for file, digest in needed.items() if not self._known(file, digest)}

    def drop(self, files: Collection[str]) -> None:
        """Let go of files that are gone."""
        for file in files:
            self.sessions.pop(file, None)
            self.fleets.pop(file, None)

    def of_contents(self, directory: Path, contents: Mapping[str, bytes | None]) -> tuple[list[Word], list[FleetFile]]:
        """Return what files would say that hold these contents; ``None`` is what cannot be a session."""
        other = Words(self._parses)
        message = f"cannot read the file: it is not a regular file of at most {MOST_BYTES // 1024} KiB"
        faults = {"!": Fault(0, 0, Code.NOT_A_FILE, message)}
        counting = {
            str(directory / name): digest_of(text) if text is not None else "!" for name, text in contents.items()
        }
        other.fetch(counting, {digest_of(text): text for text in contents.values() if text is not None}, faults)
        return list(other.sessions.values()), list(other.fleets.values())

    def _known(self, file: str, digest: str) -> bool:
        said = self.fleets.get(file) or self.sessions.get(file)
        return said is not None and said.digest == digest

    def _take(self, file: str, digest: str, said: Document | Fault) -> None:
        if base(file) in FLEET_NAMES:
            self.fleets[file] = FleetFile(file, digest, said)
        elif isinstance(said, Fault):
            self.sessions[file] = unread(file, digest, said)
        else:
            self.sessions[file] = word(file, digest, said)
