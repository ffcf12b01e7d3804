"""``muster mcp``: the agents' tools, for one session on stdin and stdout, or for all over HTTP on loopback."""

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ..errors import MusterError, UsageError

_SDK: Final = "mcp"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare for whom."""
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument("--token-file", type=Path, metavar="FILE", help="for the session that it was written for")
    whom.add_argument(
        "--http",
        action="store_true",
        help="for all, on 127.0.0.1:$MUSTER_MCP_PORT until stdin ends; `muster run` does it where that is set",
    )


def run(args: argparse.Namespace, console: object) -> int:
    """Serve until stdin ends."""
    from ..settings import chosen

    settings = chosen(args.sessions_dir, args.state_dir)
    if find_spec(_SDK) is None:
        hint = "install muster-controller[mcp]"
        raise MusterError("cannot serve the tools: the package mcp is not installed", hint=hint)
    from . import transports

    if args.token_file:
        transports.over_stdio(settings, args.token_file)
    elif not args.http:
        hint = "a session whose file says `mcp: true` is given its own; for people there are the commands"
        raise UsageError("cannot serve nobody: say --token-file or --http", hint=hint)
    elif settings.mcp_port is None:
        raise UsageError("cannot listen: no port is said", hint="set MUSTER_MCP_PORT")
    else:
        transports.over_http(settings, settings.mcp_port)
    return 0
