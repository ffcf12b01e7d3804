"""The one shape of a peer: declare N programs by files, start, change, crash, stop."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.arena import Arena, Called

FIRST = "m0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change was asked for at `since`; its client came back after `client` seconds, if it has one."""

    since: int
    client: Called | None


class Peer(ABC):
    """A program that keeps N processes on the argv that files declare."""

    name: ClassVar[str]
    most: ClassVar[int] = 1_000
    """The largest N that this peer takes here; more is left out of the table."""
    file_mode: ClassVar[int] = 0o644
    tick: ClassVar[float] = 0.0
    """Seconds between two looks of a peer that polls; turns are spread over it."""

    def __init__(self, arena: Arena, count: int) -> None:
        self.arena = arena
        self.count = count
        self.names = [f"s{i:05d}" for i in range(count)]
        self.files = arena.root / "files"
        self.staging = arena.root / "staging"
        self.files.mkdir()
        self.staging.mkdir()

    # What each peer says for itself.

    @classmethod
    @abstractmethod
    def ready(cls) -> None:
        """Install what it needs, or raise `Missing`."""

    @abstractmethod
    def path(self, name: str) -> Path:
        """The file that declares this program."""

    @abstractmethod
    def text(self, name: str, model: str) -> str:
        """What the file says when the program shall run with this model."""

    @abstractmethod
    def launch(self) -> None:
        """Start the controller; the files stand."""

    def reload(self, name: str, seconds: float) -> Called | None:
        """Tell the controller that one file changed; None where it looks by itself."""
        return None

    def reload_all(self, seconds: float) -> Called | None:
        """Tell the controller that all files changed."""
        return None

    def settled(self) -> None:
        """Wait until a fresh start is over for the controller too."""
        time.sleep(2.0)

    def status(self) -> list[str] | None:
        """The command that shows the state of all."""
        return None

    def changes(self) -> list[str] | None:
        """The command that says what would change."""
        return None

    def help(self) -> list[str] | None:
        """The command's cheapest call."""
        return None

    def completion(self) -> list[str] | None:
        """The command that a shell runs when Tab is pressed."""
        return None

    def unchanged_pass(self) -> float | None:
        """Seconds of a pass over unchanged programs, where the controller tells."""
        return None

    def stop(self) -> None:
        """Stop by the peer's own way; the arena ends whatever is left."""
        return

    # What is the same for all.

    def declare(self) -> None:
        """Write every file with the first model."""
        for name in self.names:
            self._stage(name, FIRST)
        self._swap(self.names)

    def start(self) -> int:
        """Cold start of all; return when it began."""
        since = time.monotonic_ns()
        self.launch()
        return since

    def change(self, name: str, model: str, seconds: float) -> Change:
        """Replace one file atomically and have the peer act on it. Writing the new file is not timed."""
        self._stage(name, model)
        since = time.monotonic_ns()
        self._swap([name])
        return Change(since=since, client=self.reload(name, seconds))

    def change_all(self, model: str, seconds: float) -> Change:
        """Replace all files and have the peer act on them."""
        for name in self.names:
            self._stage(name, model)
        since = time.monotonic_ns()
        self._swap(self.names)
        return Change(since=since, client=self.reload_all(seconds))

    def crash(self, name: str) -> int | None:
        """SIGKILL one program; return when, or None if it is not there."""
        since = time.monotonic_ns()
        return since if self.arena.kill_sleeper(self.arena.marks.latest[name].pid) else None

    def _stage(self, name: str, model: str) -> None:
        staged = self.staging / name
        staged.write_text(self.text(name, model))
        staged.chmod(self.file_mode)

    def _swap(self, names: list[str]) -> None:
        for name in names:
            (self.staging / name).replace(self.path(name))
