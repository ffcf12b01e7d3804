"""The sleepers' marks: who runs with which model, since when."""

import fcntl
import os
import select
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PIPE_BYTES = 1 << 20  # room for every sleeper to speak while a client still blocks us


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One sleeper reached main() with this argv."""

    pid: int
    model: str
    at: int


class Marks:
    """Reads the FIFO; the clock is the sleeper's own, so our latency does not count."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        self.latest: dict[str, Mark] = {}
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._rest = b""
        fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def _read(self, seconds: float) -> None:
        if not select.select([self._fd], [], [], max(0.0, seconds))[0]:
            return
        *lines, self._rest = (self._rest + os.read(self._fd, PIPE_BYTES)).split(b"\n")
        for line in lines:
            pid, name, model, at = line.decode().split(" ")
            self.latest[name] = Mark(pid=int(pid), model=model, at=int(at))

    def wait(self, wanted: Mapping[str, str], *, since: int, seconds: float) -> dict[str, Mark]:
        """Wait until each name runs its wanted model, begun after `since`; return those that do."""
        deadline = time.monotonic() + seconds
        missing = set(wanted)
        self._read(0)  # what came while a client blocked us counts even when no time is left
        while True:
            missing = {name for name in missing if not self._is(name, wanted[name], since)}
            left = deadline - time.monotonic()
            if not missing or left <= 0:
                return {name: self.latest[name] for name in wanted if name not in missing}
            self._read(left)

    def drain(self) -> None:
        """Take in what has been said so far."""
        self._read(0)

    def _is(self, name: str, model: str, since: int) -> bool:
        mark = self.latest.get(name)
        return mark is not None and mark.model == model and mark.at >= since

    def close(self) -> None:
        """Let go of the FIFO; a sleeper that starts later finds no reader and sleeps."""
        os.close(self._fd)
