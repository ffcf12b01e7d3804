"""A live controller whose sessions are given the agents' tools, and the SDK's own client to call them with."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from controller.runtimes import tokens
from controller.settings import self_spawn
from tests.integration.controller_world import PATIENCE, ControllerWorld, going
from tests.waiting import wait_for

FLEET = """\
defaults: {agent: demo, model: balanced}
origins: {ai: fast}
rollout: {at_once: 20, pause: 0s}
limits: {starts_at_once: 20}
ai: {sessions: 4, depth: 1}
agents:
  demo:
    runtimes:
      process:
        argv:
          - {add: ["{executable}", embedded-agent, --model, "{model}"]}
          - {when: start, add: [--session-id, "{conversation}"]}
          - {when: resume, add: [--resume, "{conversation}"]}
          - {add: ["{args}"]}
          - {when: prompt, add: ["{prompt}"]}
          - {when: mcp, add: []}
"""
"""The embedded agent calls no tools: it is given the token alone, and the tests call in its stead."""

BOSS = "mcp: true\ncwd: work\n"


class McpWorld(ControllerWorld):
    """One controller that serves over HTTP as well; ``boss`` is a session with a token."""

    def __init__(self, root: Path, fleet: str = FLEET) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port: int = one.getsockname()[1]
        super().__init__(root, fleet, MUSTER_MCP_PORT=str(self.port), HOME=str(root))
        (root / "work").mkdir()

    @property
    def url(self) -> str:
        """Where the controller's server listens."""
        return f"http://127.0.0.1:{self.port}/mcp"

    def token(self, name: str = "boss") -> str:
        """A session's token, as its agent could read it."""
        return tokens.path_of(self.run_dir, name).read_text()

    def served(self) -> None:
        """Wait until the server listens."""

        def answers() -> bool:
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", self.port)) == 0

        wait_for(answers, PATIENCE, "the server of the tools")

    def servers(self) -> list[psutil.Process]:
        """The controller's own server, if it is there."""
        assert self.process is not None
        found = []
        for one in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):  # a zombie as well
                found += [one] if "--http" in one.cmdline() else []
        return found

    def post(self, **headers: str) -> httpx2.Response:
        """Ask for the tools with some headers; gives the answer as it came."""
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        return httpx2.post(self.url, json=asked, headers={"Accept": "application/json"} | headers, timeout=PATIENCE)

    def stdio(self, name: str = "boss") -> StdioServerParameters:
        """A session's own server, as its agent would start it."""
        words = self_spawn("mcp", "--token-file", str(tokens.path_of(self.run_dir, name)))
        words += ["--state-dir", str(self.state), "--sessions-dir", str(self.sessions)]
        env = {key: self.env[key] for key in ("HOME", "MUSTER_DEMO_HOME")}
        return StdioServerParameters(command=words[0], args=words[1:], env=env)

    @contextlib.asynccontextmanager
    async def client(self, way: str, name: str = "boss") -> AsyncIterator[Client]:
        """A session's client, over stdio or http."""
        if way == "stdio":
            async with Client(self.stdio(name)) as client:
                yield client
            return
        bearer = {"Authorization": f"Bearer {self.token(name)}"}
        async with (
            httpx2.AsyncClient(headers=bearer, timeout=PATIENCE) as http,
            Client(streamable_http_client(self.url, http_client=http)) as client,
        ):
            yield client

    def call(self, tool: str, *, by: str = "boss", way: str = "http", **words: Any) -> CallToolResult:
        """Call a tool as a session."""

        async def once() -> CallToolResult:
            async with self.client(way, by) as client:
                return await client.call_tool(tool, words)

        return asyncio.run(once())

    def did(self, tool: str, *, by: str = "boss", way: str = "http", **words: Any) -> dict[str, Any]:
        """Call a tool that does it; gives its answer."""
        result = self.call(tool, by=by, way=way, **words)
        assert not result.is_error, said(result)
        assert result.structured_content is not None
        return dict(result.structured_content)

    def refused(self, tool: str, *, by: str = "boss", way: str = "http", **words: Any) -> str:
        """Call a tool that does not do it; gives what it says."""
        result = self.call(tool, by=by, way=way, **words)
        assert result.is_error, said(result)
        return said(result)


def said(result: CallToolResult) -> str:
    """The text of a result."""
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


@contextlib.contextmanager
def mcp_world(root: Path, files: dict[str, str] | None = None, fleet: str = FLEET) -> Iterator[McpWorld]:
    """A world whose boss is up and whose server listens."""
    with going(McpWorld(root, fleet), {"boss": BOSS} | (files or {})) as world:
        world.served()
        yield world
