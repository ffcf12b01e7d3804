"""The panes of our sessions on the tmux server: found, opened, typed into, taken away.

Session names map to tmux names by ``.`` to ``~``: tmux keeps ``.`` and ``:`` for itself, and no session name holds a
``~``, so the map can be turned round. A pane of ours carries its launch's nonce as the option ``@muster``: windows
that a person opens in the same tmux session are theirs and stay.
"""

import asyncio
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from .identity import ticks_of
from .tmux_server import NoServer, TmuxRefused, TmuxServer, literal

_OPTIONS: Final = (
    ("-s", "escape-time", "10"),  # ms; tmux's half second makes Escape feel broken in an agent's screen
    ("-g", "default-terminal", "screen-256color"),  # known to every terminal database, tmux-256color is not
    ("-g", "default-size", "200x50"),  # until a person attaches; narrower ones break agents' screens
    ("-g", "history-limit", "5000"),  # lines; about 5 MB a pane at most
    ("-wg", "remain-on-exit", "on"),  # the exit status stays, and a person's window over a restart
)
_FIELDS: Final = "#{pane_id} #{pane_pid} #{pane_dead} #{pane_dead_status}/#{pane_dead_signal} #{@muster}"
_KICKS: Final = 3
"""Children that tmux is given to make it look for the ends of others; one is enough, a loaded machine may want more."""
_BEFORE_ENTER: Final = 0.15
"""Seconds between a text and its Enter; sooner, an agent's screen takes both for one paste (facts/claude-code.md 3)."""

WATCHING: Final = 600.0
"""Seconds since a client's last key within which a person counts as attached (design 3.4)."""
_SCREENS: Final = 100
"""Panes that one client shows: more would make a command line that tmux refuses (16 kB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """One pane of ours.

    :ivar id: tmux's own name for it.
    :ivar pid: the process that was started in it; it may be gone.
    :ivar end: how that ended, as tmux saw it.
    """

    id: str
    pid: int
    nonce: str
    dead: bool
    end: str | None

    @property
    def over(self) -> bool:
        """Whether its process is gone; something else may still hold the terminal open."""
        return self.dead or ticks_of(self.pid) is None

    @property
    def told(self) -> bool:
        """Whether all that its process printed is on the screen, and how it ended."""
        return self.dead and self.end is not None


def target(name: str) -> str:
    """Return the exact target of a session; without ``=`` tmux takes the beginning of a name for it."""
    return f"={tmux_name(name)}:"


def tmux_name(name: str) -> str:
    """Return a session's name on the tmux server."""
    return name.replace(".", "~")


def session_name(name: str) -> str:
    """Return the session that a name on the tmux server means."""
    return name.replace("~", ".")


async def find(server: TmuxServer, name: str) -> Pane | None:
    """Return the session's pane, ``None`` when it is proven to have none.

    :raises TmuxUnknown: when the server cannot be asked.
    """
    try:
        listed = await server.ask("list-panes", "-s", "-t", target(name), "-F", _FIELDS)
    except TmuxRefused as refused:
        if isinstance(refused, NoServer) or "can't find" in refused.message:
            return None
        raise
    return next(iter(_parsed(listed)), None)


def ends(server: TmuxServer, nonce: str) -> dict[str, str]:
    """Return how the processes of all our panes ended, by nonce; the one that is asked for is known to have ended.

    tmux misses the end of a child now and then (3.3a, soon after its start) and leaves a zombie until another child
    ends: so one does.
    """
    for _ in range(_KICKS):
        try:
            panes = _parsed(server.ask_now("list-panes", "-a", "-F", _FIELDS))
            if all(pane.end for pane in panes if pane.nonce == nonce):
                break
            server.ask_now("run-shell", "true")
        except NoServer:
            return {}
    return {pane.nonce: pane.end for pane in panes if pane.end}


def _parsed(listed: str) -> list[Pane]:
    """Read the listing; a line without a nonce is a person's pane."""
    found = []
    for line in listed.splitlines():
        pane, pid, dead, end, *nonce = line.split()
        if nonce:
            found.append(Pane(id=pane, pid=int(pid), nonce=nonce[0], dead=dead == "1", end=_end(end)))
    return found


def _end(said: str) -> str | None:
    status, _, number = said.partition("/")
    if number:
        return f"signal {number}"
    return f"exit {status}" if status else None


async def open_first(server: TmuxServer, name: str, nonce: str, cwd: str, command: list[str]) -> None:
    """Open a session with one pane, starting the server when it is the first; or a pane in a session of a person's."""
    options = [word for option in _OPTIONS for word in ("set-option", *option, ";")]
    new = ("new-session", "-d", "-s", tmux_name(name), "-x", "200", "-y", "50", "-c", literal(cwd), *command)
    mark = ("set-option", "-p", "-t", target(name), "@muster", nonce)
    first = ("start-server", ";", *options, *new, ";", *mark)
    try:
        try:
            await server.ask(*first)
        except NoServer:  # it was just leaving, with its last session
            await server.ask(*first)
    except TmuxRefused as refused:
        if "duplicate session" not in refused.message or await find(server, name) is not None:
            raise
        pane = await server.ask(
            "new-window", "-P", "-F", "#{pane_id}", "-t", target(name), "-c", literal(cwd), *command
        )
        await server.ask("set-option", "-p", "-t", pane.strip(), "@muster", nonce)


async def open_again(server: TmuxServer, pane: Pane, nonce: str, cwd: str, command: list[str]) -> None:
    """Start in the same pane, whose process is gone, so that who watches it goes on watching.

    ``-k`` signals nobody: it closes the old terminal when something left behind still holds it open.
    """
    mark = ("set-option", "-p", "-t", pane.id, "@muster", nonce)
    begin = ("set-option", "-p", "-F", "-t", pane.id, "@began", "#{history_size}")
    await server.ask(*mark, ";", *begin, ";", "respawn-pane", "-k", "-t", pane.id, "-c", literal(cwd), *command)


async def printed(server: TmuxServer, pane: Pane) -> str:
    """Return what the pane's last process printed, as far as it is kept: the screen and what has scrolled since."""
    sizes = await server.ask("display-message", "-p", "-t", pane.id, "#{history_size} #{@began}")
    size, *began = (int(number) for number in sizes.split())
    scrolled = size - (began[0] if began else 0)
    return await server.ask("capture-pane", "-p", "-S", str(-scrolled), "-t", pane.id)


async def screens(server: TmuxServer, nonces: Collection[str]) -> dict[str, str]:
    """Return what stands on the screens of our panes, by the nonce of the launch in each."""
    listed = _parsed(await server.ask("list-panes", "-a", "-F", _FIELDS))
    panes = [pane for pane in listed if pane.nonce in nonces and not pane.dead]
    end = f"end-{uuid.uuid4().hex}"  # no screen shows what nobody knew before
    shown: dict[str, str] = {}
    for first in range(0, len(panes), _SCREENS):
        some = panes[first : first + _SCREENS]
        asked = [("capture-pane", "-p", "-t", pane.id, ";", "display-message", "-p", end, ";") for pane in some]
        printed = (await server.ask(*(word for one in asked for word in one))).split(f"{end}\n")
        shown |= {pane.nonce: screen.rstrip() for pane, screen in zip(some, printed, strict=False)}
    return shown


async def take_away(server: TmuxServer, pane: Pane) -> None:
    """Remove a pane whose process is gone; the tmux session goes with its last pane."""
    await server.ask("kill-pane", "-t", pane.id)


async def styled(server: TmuxServer, pane: str) -> str:
    """Return a pane's screen with its styles, down to the cursor or the last text."""
    asked = ("display-message", "-p", "-t", pane, "#{cursor_y}", ";", "capture-pane", "-p", "-e", "-t", pane)
    cursor, _, screen = (await server.ask(*asked)).partition("\n")
    lines = screen.split("\n")
    end = max(int(cursor) + 1, len(screen.rstrip().split("\n")))
    return "\n".join(lines[:end])


async def press(server: TmuxServer, pane: str, text: str) -> None:
    """Type a text and Enter."""
    await keys(server, pane, text)
    await enter(server, pane)


async def keys(server: TmuxServer, pane: str, text: str) -> None:
    """Type a text, and let the agent see its end."""
    # tmux takes a final semicolon for the end of a command, wherever it stands.
    safe = f"{text[:-1]}\\;" if text.endswith(";") else text
    if safe:
        await server.ask("send-keys", "-t", pane, "-l", "--", safe)
        await asyncio.sleep(_BEFORE_ENTER)


async def enter(server: TmuxServer, pane: str) -> None:
    """Press Enter."""
    await server.ask("send-keys", "-t", pane, "Enter")
