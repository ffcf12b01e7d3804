"""Cgroups, where a directory of version 2 is delegated to us: one child a launch, from which nothing escapes."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_MOUNTS: Final = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
"""Where version 2 is mounted: alone, or beside version 1."""
_DELEGATED: Final = ("user.delegate", "trusted.delegate")
"""What systemd sets to 1 on the cgroup of a unit with ``Delegate=yes``."""


def delegated(given: Path | None) -> Path | None:
    """Return the directory for the sessions' cgroups: the given one, else our own where it is delegated."""
    own = given or _own()
    return own if own is not None and _usable(own) else None


def _own() -> Path | None:
    """Return this process's cgroup when it carries the mark of delegation."""
    if sys.platform != "linux":
        return None
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    paths = [line.removeprefix("0::/") for line in lines if line.startswith("0::/")]
    return next((mount / path for path in paths for mount in _MOUNTS if _marked(mount / path)), None)


def _marked(directory: Path) -> bool:
    for name in _DELEGATED if sys.platform == "linux" else ():
        with suppress(OSError):
            if os.getxattr(directory, name) == b"1":
                return True
    return False


def _usable(directory: Path) -> bool:
    """Tell whether children can be made there and emptied by one write (Linux 5.14 and later)."""
    return os.access(directory, os.W_OK) and os.access(directory / "cgroup.procs", os.W_OK)


def place(base: Path | None, name: str, nonce: str) -> Path | None:
    """Return where a launch's own cgroup is, if it is: the nonce keeps a successor, or another Muster, out of it."""
    return base / f"muster-{name}.{nonce}" if base is not None and nonce else None


def pids(directory: Path) -> tuple[int, ...]:
    """Return what lives in a cgroup; nothing when it is not there."""
    try:
        return tuple(int(line) for line in (directory / "cgroup.procs").read_text().split())
    except OSError:
        return ()


def kill(directory: Path) -> None:
    """End everything in a cgroup at once, forking or frozen as it may be."""
    with suppress(FileNotFoundError):
        (directory / "cgroup.kill").write_text("1")


def remove(directory: Path) -> None:
    """Remove a cgroup that is empty."""
    with suppress(OSError):
        directory.rmdir()
