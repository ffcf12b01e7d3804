"""What the system says of one process, read raw and by the standard library alone: launchers must start fast."""

# pathlib would be a good part of the start-up of every session.
# ruff: noqa: PTH110, PTH123
import errno
import os
import sys
from functools import cache
from typing import Final, NamedTuple

ENDED: Final = frozenset("ZXx")
"""States of a process that has ended: a zombie runs no more, whoever forgets to reap it."""


class Stat(NamedTuple):
    """One process as the kernel lists it."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    ticks: int
    """When it started: clock ticks since boot; on macOS microseconds since 1970, as the kernel wrote them."""


if sys.platform == "linux":

    def stat_of(pid: int) -> Stat | None:
        """Return what is listed under a pid, ``None`` when nothing is.

        :raises OSError: when the system does not answer (no file descriptors left, say): that is not absence.
        """
        try:
            file = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, ProcessLookupError):
            if pid > 0 and _hidden(pid):
                raise OSError(errno.EIO, "it is there, and /proc does not show it", f"/proc/{pid}") from None
            return None
        try:
            raw = os.read(file, 1024)
        except ProcessLookupError:  # it ended between open and read
            return None
        finally:
            os.close(file)
        # The name stands in parentheses and may hold anything, parentheses and blanks too.
        fields = raw[raw.rindex(b")") + 2 :].split(None, 20)
        state = chr(fields[0][0])
        if state == "Z" and int(fields[17]) > 1:
            # Its first thread has ended and others have not: it still runs, and holds its files and locks.
            state = "S"
        return Stat(pid, state, int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19]))

    def _hidden(pid: int) -> bool:
        """Tell whether the kernel knows a process that /proc does not show: unmounted, or another namespace's."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # another's: not shown where the system hides them, and never one of ours
            return False
        return not os.path.exists(f"/proc/{pid}")  # it may have been born between the two questions

    def in_front(pid: int) -> bool:
        """Tell whether a process's group is the one that its terminal's keys go to, and it is not stopped."""
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                raw = file.read()
        except OSError:
            return False
        state, _, group, _, _, front, *_ = raw[raw.rindex(b")") + 2 :].split(None, 6)
        return group == front and state not in {b"T", b"t"}

    def all_pids() -> list[int]:
        """Return every pid that is listed now."""
        return [int(name) for name in os.listdir("/proc") if name[0].isdigit()]

    def words_of(pid: int, what: str) -> list[bytes]:
        """Return a process's ``cmdline`` or ``environ``; empty when it is gone, not ours to read or wiped."""
        try:
            with open(f"/proc/{pid}/{what}", "rb") as file:
                return file.read().split(b"\0")[:-1]
        except OSError:
            return []

    @cache
    def boot_id() -> str:
        """Return the id of this boot."""
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()

else:

    def stat_of(pid: int) -> Stat | None:
        """Return what is listed under a pid, ``None`` when nothing is."""
        import psutil  # only where there is no /proc

        try:
            process = psutil.Process(pid)
            with process.oneshot():
                state = "Z" if process.status() == psutil.STATUS_ZOMBIE else "S"
                ticks = round(process.create_time() * 1_000_000)
                return Stat(pid, state, process.ppid(), os.getpgid(pid), os.getsid(pid), ticks)
        except (psutil.NoSuchProcess, ProcessLookupError):
            return None

    def in_front(pid: int) -> bool:
        """Tell whether a process's group is the one that its terminal's keys go to, and it is not stopped."""
        import subprocess

        words = ["ps", "-o", "pgid=,tpgid=,state=", "-p", str(pid)]
        said = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
        return len(said) == 3 and said[0] == said[1] and not said[2].startswith("T")

    def all_pids() -> list[int]:
        """Return every pid that is listed now."""
        import psutil  # only where there is no /proc

        return psutil.pids()

    def words_of(pid: int, what: str) -> list[bytes]:
        """Return a process's ``cmdline`` or ``environ``; empty when it is gone, not ours to read or wiped."""
        import psutil  # only where there is no /proc

        try:
            process = psutil.Process(pid)
            if what == "cmdline":
                return [os.fsencode(word) for word in process.cmdline()]
            return [os.fsencode(f"{key}={value}") for key, value in process.environ().items()]
        except (psutil.Error, OSError):
            return []

    @cache
    def boot_id() -> str:
        """Return the id of this boot."""
        import subprocess

        asked = subprocess.run(["sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=True)
        return asked.stdout.strip()
