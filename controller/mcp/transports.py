"""The two ways to the tools: stdin and stdout for one session, HTTP on loopback for all; each call has proof."""

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import Any, Final

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl

from ..errors import MusterError
from ..model.asker import Asker
from ..model.session import Origin
from ..runtimes import tokens
from ..settings import Settings
from .server import server
from .tools import Tools

HOST: Final = "127.0.0.1"
_AT_ONCE: Final = 64
"""Requests at one time; more are told to come again, and none waits in memory."""


def over_stdio(settings: Settings, token_file: Path) -> None:
    """Serve the session that a token file was written for, until stdin ends.

    The token is read once: a later launch of the session has another one, and another server.

    :raises MusterError: when there is no token, or it is not that of a session that runs.
    """
    try:
        token = token_file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no token"
        raise MusterError(f"cannot read the token in {token_file}: {why}") from error

    def caller() -> Asker:
        return _asker(tokens.bearer(settings.run_dir, token))

    caller()
    server(Tools(settings, caller)).run("stdio")


def over_http(settings: Settings, port: int) -> None:
    """Serve every session whose token stands in the header ``Authorization``, until stdin ends.

    A browser is refused whatever it shows: no Origin is allowed, and no Host but our own.

    :raises MusterError: when it cannot listen.
    """
    import uvicorn

    auth = AuthSettings(issuer_url=AnyHttpUrl(f"http://{HOST}:{port}"), resource_server_url=None)
    tools = Tools(settings, _of_header)
    guard = TransportSecuritySettings(allowed_hosts=[f"{HOST}:{port}", f"localhost:{port}"], allowed_origins=[])
    app = server(tools, _Verifier(settings.run_dir), auth).streamable_http_app(
        json_response=True, stateless_http=True, transport_security=guard
    )
    config: dict[str, Any] = {"log_config": None, "access_log": False, "limit_concurrency": _AT_ONCE}
    listening = uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, timeout_graceful_shutdown=1, **config))
    threading.Thread(target=_at_end_of_input, args=(listening,), daemon=True).start()
    try:
        listening.run()
    except SystemExit as ended:  # its way to say that the port is taken
        raise MusterError(f"cannot listen on {HOST}:{port}", hint="MUSTER_MCP_PORT says where") from ended


class _Verifier:
    """Tells the SDK whose a token is."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir

    async def verify_token(self, token: str) -> AccessToken | None:
        name = tokens.bearer(self._run_dir, token)
        return AccessToken(token=token, client_id=name, scopes=[]) if name else None


def _of_header() -> Asker:
    token = get_access_token()
    return _asker(token.client_id if token else None)


def _asker(name: str | None) -> Asker:
    if name is None:
        hint = "it is that of a session that has ended, was started again or was stopped"
        raise MusterError("cannot tell who asks: the token is not current", hint=hint)
    return Asker(Origin.AI, name)


def _at_end_of_input(listening: Any) -> None:
    """Stop when whoever started us has gone: the pipe that it held is closed, however it ended."""
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 4096):
            pass
    listening.should_exit = True
