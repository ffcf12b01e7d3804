"""Our own tmux server, spoken to by short-lived clients with a deadline each.

A server that does not answer in time, or speaks another version, is unknown, never empty (design 3.3).
"""

import asyncio
import os
import re
import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from ..errors import MusterError
from .trust import replaceable

_CLIENTS: Final = 4
"""Clients at once. The server answers one after another, so more of them would only queue there."""
_NO_SERVER: Final = re.compile(
    r"no server running on|error connecting to .*\((No such file or directory|Connection refused)\)"
    r"|server exited|lost server"
)
"""What a client says without a server; by the last two, that it went away before it answered."""
_ENVIRONMENT: Final = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "USER")
"""All that the server inherits: every pane inherits it again, and our own environment holds secrets and markers."""


class TmuxRefused(MusterError):
    """The server answered, and it was no."""


class NoServer(TmuxRefused):
    """There is no server: it has no panes."""


class TmuxUnknown(MusterError):
    """The server cannot be asked now; nothing follows for its sessions."""


class TmuxMissing(TmuxUnknown):
    """There is no tmux to ask with."""


class TmuxServer:
    """The clients of one socket."""

    def __init__(self, socket: Path, patience: float) -> None:
        """Keep the socket's path and the seconds for one answer; the server is started by the first session."""
        self.socket = socket
        self._patience = patience
        self._clients: ThreadPoolExecutor | None = None

    def claim(self) -> None:
        """Make the socket's directory, private to us.

        :raises MusterError: when it is a link, no directory, or within another user's reach.
        """
        directory = self.socket.parent
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        self._check()
        if stat.S_IMODE(directory.lstat().st_mode) & 0o077:
            directory.chmod(0o700)

    def _check(self) -> None:
        """Refuse a socket that another user could have put there: whoever owns its directory owns the sessions."""
        directory = self.socket.parent
        try:
            own = directory.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(own.st_mode) or own.st_uid != os.getuid():
            raise TmuxUnknown(f"cannot use {directory} for the tmux socket: it is not a directory of our own")
        if why := replaceable(directory.parent):
            raise TmuxUnknown(f"cannot use {directory} for the tmux socket: other users can replace it: {why}")

    async def ask(self, *words: str) -> str:
        """Run one client beside the event loop and return what it printed; errors as in ``ask_now``."""
        if self._clients is None:
            self._clients = ThreadPoolExecutor(_CLIENTS, thread_name_prefix="tmux")
        return await asyncio.get_running_loop().run_in_executor(self._clients, lambda: self.ask_now(*words))

    def ask_now(self, *words: str) -> str:
        """Run one client and return what it printed.

        :raises NoServer: when there is no server.
        :raises TmuxRefused: when the server says no.
        :raises TmuxUnknown: when it does not answer, or there is no tmux.
        """
        try:
            ended = subprocess.run(
                self.command(*words),
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=self._patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TmuxUnknown(f"cannot ask tmux: it did not answer within {self._patience:g} s") from None
        if ended.returncode == 0:
            return ended.stdout
        raise _refusal(ended.stderr.strip())

    def command(self, *words: str) -> list[str]:
        """Return a client's command line; nobody's configuration is read.

        :raises TmuxUnknown: when there is no tmux, or the socket may be another user's.
        """
        self._check()
        tmux = shutil.which("tmux")
        if tmux is None:
            hint = "apt-get install tmux (Debian, Ubuntu), brew install tmux (macOS), or say `runtime: process`"
            raise TmuxMissing("cannot find tmux", hint=hint)
        return [tmux, "-u", "-f", os.devnull, "-S", os.fspath(self.socket), *words]

    def close(self) -> None:
        """Let the clients go; the server and its sessions stay."""
        if self._clients is not None:
            self._clients.shutdown(wait=False)
            self._clients = None


def literal(text: str) -> str:
    """Return a word that tmux takes as it stands, where it would look for formats.

    ``#(...)`` in one is a line for a shell, and a ``;`` at the end of any word ends the command. What stands before a
    ``[`` is for styles, and stays.
    """
    plain = re.sub(r"#+(?!#*\[)", lambda found: found[0] * 2, text)
    return f"{plain[:-1]}\\;" if plain.endswith(";") else plain


def _refusal(said: str) -> MusterError:
    if "protocol version mismatch" in said:
        hint = "another version of tmux holds the sessions: put that one first on PATH, or end its sessions"
        return TmuxUnknown(f"cannot ask tmux: {said}", hint=hint)
    if _NO_SERVER.match(said):
        return NoServer(f"cannot ask tmux: {said}")
    if not said or said.startswith("error connecting"):
        return TmuxUnknown(f"cannot ask tmux: {said or 'it ended without a word'}")
    return TmuxRefused(f"cannot ask tmux: {said}")
