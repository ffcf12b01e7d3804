"""What a machine runs out of, taken away from a live controller and given back, without touching anything else of it.

Mounts are our own scratch, limits are those of processes that the campaign started, and the limit of watches is that of
a user namespace of its own.
"""

import contextlib
import os
import resource
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

import psutil

from tests.torture.ground import Ground

_PIDS: Final = Path("/sys/fs/cgroup/pids")
_SIZE: Final = "8m"
"""Of a disk that is to be filled: room for some sessions, and full in a moment."""


def run(*words: str) -> None:
    """Run one tool of the system."""
    subprocess.run(words, check=True, capture_output=True)


def may(*words: str) -> bool:
    """Tell whether this machine lets us do something."""
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


class Scarce(ABC):
    """Something that can be taken away.

    :ivar says: what somebody is told while it is missing: in status, in its notes or in the controller's log.
    :ivar by: what the controller is started by, so that it can be taken from it.
    :ivar poor: what a controller is started by that never has it.
    """

    says: str
    by: tuple[str, ...] = ()
    poor: tuple[str, ...] = ()

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    @staticmethod
    def missing() -> str | None:
        """Say why it cannot be taken away on this machine."""
        return None if os.geteuid() == 0 and may("unshare", "-m", "true") else "needs root, and mounts"

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """Make ready before anything is started."""

    @abstractmethod
    def take(self) -> None:
        """Take it away."""

    @abstractmethod
    def give(self) -> None:
        """Give it back."""

    def clear(self) -> None:  # noqa: B027 - as above
        """Leave nothing behind."""


class Disk(Scarce):
    """A small disk that somebody fills to its last byte."""

    says = "its last pass failed"

    @property
    def place(self) -> Path:
        return self.ground.state

    def prepare(self) -> None:
        self.place.mkdir(mode=0o700)
        run("mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=700", "tmpfs", str(self.place))

    def take(self) -> None:
        """Large blocks first, then whatever still fits."""
        for size in (1 << 16, 16):
            with (self.place / f"filler{size}").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
                while filler.write(b"\0" * size):
                    pass

    def give(self) -> None:
        for filler in self.place.glob("filler*"):
            filler.unlink()

    def clear(self) -> None:
        run("umount", "-l", str(self.place))


class Home(Disk):
    """The disk that the agents keep their conversations on: who is started there now does not come up."""

    says = "No space left on device"

    @property
    def place(self) -> Path:
        return self.ground.agent


class ReadOnly(Scarce):
    """The state becomes a file system that may only be read, as after an error of its disk."""

    says = "Read-only file system"

    def prepare(self) -> None:
        self.ground.state.mkdir(mode=0o700)

    def take(self) -> None:
        place = str(self.ground.state)
        run("mount", "--bind", place, place)
        run("mount", "-o", "remount,bind,ro", place)

    def give(self) -> None:
        run("umount", "-l", str(self.ground.state))

    def clear(self) -> None:
        if os.path.ismount(self.ground.state):
            self.give()


class Removed(Scarce):
    """Somebody takes the state away."""

    says = "state_rebuilt"

    @staticmethod
    def missing() -> str | None:
        return None

    def take(self) -> None:
        for file in self.ground.state.glob("state.db*"):
            file.unlink()

    def give(self) -> None:
        """It is made anew by whoever looks at what runs."""


class Cut(Removed):
    """The state is cut to a piece, as by a disk that lies."""

    def take(self) -> None:
        os.truncate(self.ground.state / "state.db", 4096)
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self.ground.state / "state.db-wal", 0)


class Newer(Removed):
    """The state is that of a later Muster."""

    says = "a newer muster made it"

    def _version(self, number: int) -> None:
        with contextlib.closing(sqlite3.connect(self.ground.state / "state.db")) as db:
            db.execute(f"PRAGMA user_version = {number}")

    def take(self) -> None:
        self._version(99)

    def give(self) -> None:
        self._version(1)


class Descriptors(Scarce):
    """The controller may open no more files than it has open now, and fewer at its start than it needs."""

    says = "its last pass failed"
    poor = ("prlimit", "--nofile=12:12")

    @staticmethod
    def missing() -> str | None:
        return None if hasattr(resource, "prlimit") else "needs Linux"

    def _set(self, soft: int) -> None:
        process = self.ground.process
        if process and process.poll() is None:
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (min(soft, hard), hard))

    def take(self) -> None:
        if self.ground.process is not None:
            self._set(psutil.Process(self.ground.process.pid).num_fds())

    def give(self) -> None:
        self._set(4096)


class Processes(Scarce):
    """The controller and all that it starts may have no other process, and who goes makes no room."""

    says = "Resource temporarily unavailable"

    @staticmethod
    def missing() -> str | None:
        return None if os.geteuid() == 0 and (_PIDS / "cgroup.procs").exists() else "needs root and a cgroup of pids"

    @property
    def group(self) -> Path:
        return _PIDS / f"muster-{os.getpid()}"

    def prepare(self) -> None:
        self.group.mkdir()

    def take(self) -> None:
        assert self.ground.process is not None
        ours = psutil.Process(self.ground.process.pid)
        for process in (ours, *ours.children(recursive=True)):
            with contextlib.suppress(ProcessLookupError):
                (self.group / "cgroup.procs").write_text(str(process.pid))
        (self.group / "pids.max").write_text("1")

    def give(self) -> None:
        (self.group / "pids.max").write_text("max")

    def clear(self) -> None:
        for pid in (self.group / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (_PIDS / "cgroup.procs").write_text(pid)
        with contextlib.suppress(OSError):
            self.group.rmdir()


class Proc(Scarce):
    """What lists all processes shows none, as a scan that finds nothing."""

    says = "its last pass failed"
    by = ("unshare", "--mount", "--propagation", "private")

    def _inside(self, *words: str) -> None:
        assert self.ground.process is not None
        run("nsenter", "-t", str(self.ground.process.pid), "-m", *words)

    def take(self) -> None:
        self._inside("mount", "-t", "tmpfs", "none", "/proc")

    def give(self) -> None:
        self._inside("umount", "/proc")


class Watches(Scarce):
    """The kernel gives this user no more watches of directories."""

    says = "watch_failed"
    by = ("unshare", "--user", "--map-root-user")

    @staticmethod
    def missing() -> str | None:
        return None if may("unshare", "--user", "--map-root-user", "true") else "needs user namespaces"

    def _allow(self, number: int) -> None:
        assert self.ground.process is not None
        words = f"echo {number} > /proc/sys/user/max_inotify_instances"
        run("nsenter", "-t", str(self.ground.process.pid), "-U", "--preserve-credentials", "sh", "-c", words)

    def take(self) -> None:
        self._allow(0)
        self.ground.sessions.chmod(0o700)
        moved = self.ground.sessions.rename(self.ground.root / "moved")  # what is watched is another directory now
        self.ground.sessions.mkdir()
        for file in moved.iterdir():
            file.replace(self.ground.sessions / file.name)
        moved.rmdir()

    def give(self) -> None:
        self._allow(128)
