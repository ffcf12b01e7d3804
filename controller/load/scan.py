"""One directory at one instant: which names count, and a stamp of each that changes when the file does."""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FLEET_NAMES: Final = ("_fleet.yaml", "_fleet.yml")

_LEFT_OVER: Final = re.compile(
    r"""^[.\#~]                                               # hidden files, emacs locks, syncthing
    | [._](BACKUP|BASE|LOCAL|REMOTE)[._]\d+\.ya?ml$           # git mergetool
    | \.(bak|old|orig|rej|save|sav|swp|tmp|temp|dpkg-\w+|ucf-\w+|rpm(new|save|orig))\.ya?ml$
    | \.sync-conflict- | conflicted\ copy | \ copy(\ \d+)?\.ya?ml$ | \ \(\d+\)\.ya?ml$
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What ends in .yaml and is no session: copies that tools leave (facts/controllers.md 2.2: a backup silently won)."""

_CLOCK_TICK: Final = 20_000_000
"""Nanoseconds within which a file system may give two writes one time stamp (a jiffy is at most 10 ms)."""
_COARSE_TICK: Final = 2_000_000_000
"""The same for file systems that keep whole seconds, or two (FAT, HFS+, some NFS servers)."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a directory holds.

    :ivar identity: device and inode of the directory behind the path.
    :ivar stamps: file name to stamp; one that ends in ``?`` is too young to be trusted, and is another a moment later.
    :ivar links: the names that are symbolic links.
    :ivar unreadable: names that are no UTF-8, as they can be shown.
    """

    identity: tuple[int, int]
    stamps: Mapping[str, str]
    links: frozenset[str]
    unreadable: tuple[str, ...] = ()


def counts(name: str) -> bool:
    """Tell whether a file name can be a session or the fleet (design 2.1)."""
    return name.endswith((".yaml", ".yml")) and not _LEFT_OVER.search(name)


def base(file: str) -> str:
    """Return the last part of a path."""
    return file.rpartition("/")[2]


def stem(name: str) -> str:
    """Return a file's name without its ending."""
    return name.rpartition(".")[0]


def scan(directory: int) -> Snapshot:
    """Return what an open directory holds.

    :raises OSError: when it cannot be listed.
    """
    stamps: dict[str, str] = {}
    links: list[str] = []
    unreadable: list[str] = []
    now = time.time_ns()
    own = os.fstat(directory)
    with os.scandir(directory) as entries:
        for entry in entries:
            name = entry.name
            if not counts(name):
                continue
            if not _is_utf8(name):
                unreadable.append(os.fsencode(name).decode("utf-8", "backslashreplace"))
                continue
            if entry.is_symlink():
                links.append(name)
            if (status := _status(entry)) is not None:
                stamps[name] = stamp(status, now)
    return Snapshot((own.st_dev, own.st_ino), stamps, frozenset(links), tuple(sorted(unreadable)))


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return what stands under a name; the link itself where it leads nowhere, ``None`` when it is gone by now."""
    for follow in (True, False):
        try:
            return entry.stat(follow_symlinks=follow)
        except OSError:
            continue
    return None


def stamp(stat: os.stat_result, now: int) -> str:
    """Return a text that differs when the file does; ``?`` at its end says that an equal one proves nothing yet."""
    changed = stat.st_ctime_ns
    tick = _CLOCK_TICK if changed % 1_000_000_000 else _COARSE_TICK
    young = "?" if abs(now - changed) < tick else ""
    return f"{stat.st_dev}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}:{changed}{young}"


def _is_utf8(name: str) -> bool:
    """Tell whether a name is text; scandir gives single surrogates for the bytes that are not."""
    return name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)
