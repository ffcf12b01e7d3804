"""Where a process that a person started sits, and how another could take its place there: in their tmux, or nowhere.

What a process says of its terminal in its environment is a hint: its tmux is asked, and must name a pane with the same
terminal and a process that this one stems from.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from ..errors import MusterError
from ..model.observed import ProcessIdentity
from ..model.session import RuntimeKind
from .identity import alive, identify
from .proc import stat_of, words_of
from .tmux_server import TmuxServer

_SHELLS: Final = frozenset({"ash", "bash", "dash", "fish", "ksh", "mksh", "sh", "zsh"})
_FIELDS: Final = "#{pane_id} #{pane_pid} #{pane_dead} #{pane_tty}"
_PATIENCE: Final = 5.0
"""Seconds for one answer of a person's tmux."""


class Way(StrEnum):
    """How another process takes the place of one that has gone."""

    RESPAWN = "respawn"
    """The pane ran nothing else: it is kept open and started again."""
    TYPE = "type"
    """A shell is under it: the command is typed there, when the shell is in front again."""
    NEVER = "never"
    """Nobody but its person can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """The place of one process.

    :ivar where: for people, after "in".
    :ivar pane: tmux's name for it, on the server of ``socket``.
    :ivar root: what the pane was started with: the process itself, what wraps it, or the shell.
    """

    way: Way
    where: str
    socket: str = ""
    pane: str = ""
    root: ProcessIdentity | None = None

    @property
    def runtime(self) -> RuntimeKind | None:
        """The runtime that can replace it there, ``None`` when none can."""
        return None if self.way is Way.NEVER else RuntimeKind.PANE

    @property
    def server(self) -> TmuxServer:
        """The clients of its tmux."""
        return TmuxServer(Path(self.socket), _PATIENCE)


def seat_of(process: ProcessIdentity) -> Seat:
    """Return where a process sits, as far as it can be proven. Blocking."""
    environ = dict(word.partition(b"=")[::2] for word in words_of(process.pid, "environ"))
    socket = os.fsdecode(environ.get(b"TMUX", b"")).rsplit(",", 2)[0]
    pane = os.fsdecode(environ.get(b"TMUX_PANE", b""))
    terminal = _terminal(process.pid)
    if terminal and socket.startswith("/") and pane.startswith("%") and pane[1:].isdecimal():
        with suppress(MusterError, ValueError):
            return _in_pane(process, socket, pane, terminal)
    return Seat(way=Way.NEVER, where=f"a terminal of its own ({terminal})" if terminal else "the background")


def _in_pane(process: ProcessIdentity, socket: str, pane: str, terminal: str) -> Seat:
    asked = TmuxServer(Path(socket), _PATIENCE).ask_now("display-message", "-p", "-t", pane, _FIELDS)
    found, pid, dead, tty = asked.split()
    line = _line(process.pid, int(pid))
    root = identify(int(pid))
    if found != pane or dead == "1" or tty != terminal or root is None or not line or not alive(process):
        return Seat(way=Way.NEVER, where=f"a terminal of its own ({terminal})")
    if all(_wraps(above, process.pid) for above in line):
        return Seat(way=Way.RESPAWN, where=f"pane {pane} of its own tmux", socket=socket, pane=pane, root=root)
    if _is_shell(root.pid):
        where = f"pane {pane} of its own tmux, by its shell"
        return Seat(way=Way.TYPE, where=where, socket=socket, pane=pane, root=root)
    return Seat(way=Way.NEVER, where=f"pane {pane} of its own tmux, under a program that is no shell")


def _line(pid: int, root: int) -> list[int]:
    """Return a process and all that it stems from up to the pane's own, nothing when it does not stem from that."""
    line = [pid]
    while line[-1] != root:
        stat = stat_of(line[-1])
        if stat is None or stat.parent <= 1 or stat.parent in line:
            return []
        line.append(stat.parent)
    return line


def _wraps(outer: int, inner: int) -> bool:
    """Tell whether a process only passes its words on to the one inside (as ``census.innermost`` tells it)."""
    if outer == inner:
        return True
    words = words_of(inner, "cmdline")[-2:]
    return len(words) == 2 and all(words) and words_of(outer, "cmdline")[-2:] == words


def _is_shell(pid: int) -> bool:
    """Tell whether a process is a shell that reads commands from its terminal: it was given none to run."""
    name, *options = words_of(pid, "cmdline") or [b""]
    interactive = all(option.startswith(b"-") and not option.startswith(b"-c") for option in options)
    return os.fsdecode(name).rpartition("/")[2].lstrip("-") in _SHELLS and interactive


def _terminal(pid: int) -> str | None:
    import psutil  # 30 ms, and most commands never ask

    with suppress(psutil.Error, OSError):
        terminal: str | None = psutil.Process(pid).terminal()
        return terminal
    return None
