"""What load asks to be remembered between two starts of a command or of the controller.

Load brings the values, record keeps them; both speak only of what stands here. All calls are bulk: a fleet of
10,000 files is one query each. Paths are absolute texts; a path that is not UTF-8 is never handed over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SeenFile:
    """The last trusted look at one file: with the same stamp it need not be opened again.

    :ivar stamp: device, inode, size, mtime and ctime as one text; opaque to whoever keeps it.
    :ivar digest: of the content, in hexadecimal.
    """

    stamp: str
    digest: str


@dataclass(frozen=True, slots=True)
class LastGood:
    """The last word of a file that was good; in force while the file is bad, absent in doubt or half written.

    :ivar name: the session's name; empty for the fleet file.
    :ivar digest: of the content it was read from.
    :ivar document: the parsed outcome as JSON, opaque to whoever keeps it; no secrets stand in session files.
    """

    name: str
    digest: str
    document: bytes


class Memory(Protocol):
    """A cache of readings (may be lost: files are read again) and the last good words (must be durable)."""

    def seen(self, directory: str) -> Mapping[str, SeenFile]:
        """Return the last trusted looks into a directory, by file name."""
        ...

    def keep_seen(self, directory: str, looks: Mapping[str, SeenFile]) -> None:
        """Put looks in place of those under the same file names."""
        ...

    def parsed(self, keys: Collection[str]) -> Mapping[str, bytes]:
        """Return the parse outcomes that are kept under these keys; a key names format version and content."""
        ...

    def keep_parsed(self, outcomes: Mapping[str, bytes]) -> None:
        """Keep parse outcomes. What was not asked for in a long time may be thrown away."""
        ...

    def last_good(self) -> Mapping[str, LastGood]:
        """Return every last good word, by the file's path."""
        ...

    def keep_last_good(self, words: Mapping[str, LastGood]) -> None:
        """Put last good words in place of those under the same paths, durably."""
        ...

    def forget(self, paths: Collection[str]) -> None:
        """Drop the last good words and the looks of files that are gone for good."""
        ...
