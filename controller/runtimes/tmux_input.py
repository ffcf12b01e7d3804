"""A text typed into an agent's empty input line, and seen to be taken; or why that cannot be."""

import asyncio
from collections.abc import Callable
from typing import Final

from ..errors import GuardHolds, MusterError
from ..model.observed import ProcessIdentity
from . import tmux_panes
from .proc import in_front
from .screen import draft, holds
from .tmux_server import TmuxServer

_SHOWN: Final = 30.0
"""Seconds until a typed text stands on the screen; an agent takes a second or two, on a busy machine up to twenty."""
_TAKEN: Final = 10.0
"""Seconds until an Enter has taken it."""
_LOOK: Final = 0.05


async def type_into(
    server: TmuxServer, pane: str, name: str, process: ProcessIdentity, text: str, line: str | None
) -> None:
    """Type a text and Enter.

    :param line: finds the input line on the screen (``draft``): only an empty one is typed into, and the text must be
        seen there before Enter and gone behind it. Without it nothing can be seen, and keys are all there is.
    :raises GuardHolds: before anything was typed.
    :raises MusterError: when the text was typed and is not seen, or was not taken.
    """
    mode = await server.ask("display-message", "-p", "-t", pane, "#{pane_in_mode}")
    if mode.strip() != "0":
        raise GuardHolds(f"cannot type to {name}: somebody is scrolling in its terminal")
    if not in_front(process.pid):
        raise GuardHolds(f"cannot type to {name}: another program is in front in its terminal, or it is stopped")
    if line is None:
        await tmux_panes.press(server, pane, text)
        return
    shown = await _draft(server, pane, line)
    if shown != "":
        why = "its input line cannot be seen; a question or a menu may be open" if shown is None else _DRAFT
        raise GuardHolds(f"cannot type to {name}: {why}", hint=f"`muster attach {name}` shows it")
    await _typed(server, pane, name, text, line)


_DRAFT: Final = "something stands in its input line that was not sent"


async def _typed(server: TmuxServer, pane: str, name: str, text: str, line: str) -> None:
    hint = f"`muster attach {name}` shows it"
    await tmux_panes.keys(server, pane, text)
    if not await _comes(server, pane, line, lambda shown: holds(shown, text), _SHOWN):
        raise MusterError(
            f"typed to {name}, but its input line does not show the text: Enter was not pressed", hint=hint
        )
    await tmux_panes.enter(server, pane)
    if not await _comes(server, pane, line, lambda shown: not holds(shown, text), _TAKEN):
        raise MusterError(f"typed to {name}, but not taken: the text still stands in its input line", hint=hint)


async def _comes(server: TmuxServer, pane: str, line: str, seen: Callable[[str | None], bool], within: float) -> bool:
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while not seen(await _draft(server, pane, line)):
        if loop.time() > end:
            return False
        await asyncio.sleep(_LOOK)
    return True


async def _draft(server: TmuxServer, pane: str, line: str) -> str | None:
    return draft(await tmux_panes.styled(server, pane), line)
