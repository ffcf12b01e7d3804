"""The server: the table of tools, what each may do to the world, and the words that a model reads first."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mcp.server import MCPServer
from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp_types import ToolAnnotations

from .. import __version__
from ..runtimes.acp.orders import SERVER
from .tools import Tools

INSTRUCTIONS: Final = """\
Muster keeps agent sessions running, each on the model that its file declares. You are in one of them. With these tools
you start sessions of your own (workers), give them prompts, and stop them.
- start_session starts a worker. Leave the model out: workers get the one that is meant for them, which is cheaper. A
  model above their ceiling is refused.
- A worker's first prompt is given to start_session, further ones to send_prompt. wait_session with until "idle" waits
  until its turn is over.
- You see and steer your own session and those that descend from it, no others; list_sessions tells your own name. How
  many there may be, how deep and where, is limited: a refusal says how. Do not work around it, ask the person.
- Stop workers that you no longer need with stop_session: they count against your limit."""


class _Does(NamedTuple):
    """What a tool does to the world, in the protocol's words."""

    tool: Callable[..., Any]
    changes: bool = False
    destroys: bool = False
    repeats: bool = True
    """Called again with the same arguments it does nothing more."""


_TABLE: Final = (
    _Does(Tools.start_session, changes=True, repeats=False),
    _Does(Tools.list_sessions),
    _Does(Tools.get_session),
    _Does(Tools.set_model, changes=True),
    _Does(Tools.reset_model, changes=True),
    _Does(Tools.send_prompt, changes=True, repeats=False),
    _Does(Tools.wait_session),
    _Does(Tools.stop_session, changes=True, destroys=True),
    _Does(Tools.explain_model),
)

_AT_ONCE: Final = {"anthropic/alwaysLoad": True}
"""Some agents hide tools behind a search until their model thinks of looking (facts/acp-mcp.md 4)."""


def server(tools: Tools, verifier: TokenVerifier | None = None, auth: AuthSettings | None = None) -> MCPServer[Any]:
    """Return a server of the tools; over HTTP with a verifier of tokens."""
    made: MCPServer[Any] = MCPServer(
        SERVER,
        title="Muster",
        instructions=INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
        token_verifier=verifier,
        auth=auth,
    )
    for row in _TABLE:
        hints = ToolAnnotations(
            read_only_hint=not row.changes,
            destructive_hint=row.destroys,
            idempotent_hint=row.repeats,
            open_world_hint=False,
        )
        made.add_tool(getattr(tools, row.tool.__name__), annotations=hints, meta=dict(_AT_ONCE))
    return made
