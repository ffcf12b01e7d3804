"""The stdin and stdout of the embedded agent as messages for the SDK, without what the SDK would stumble over."""

from __future__ import annotations

import asyncio
import json
from typing import Any

LONGEST = 64 * 2**20
"""Bytes of one message; a longer one is passed over like any other junk."""

LEGACY = "session/set_model"


class Wire:
    """A transport for `acp.run_agent`: a JSON object a line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over both streams; the reader's limit is `LONGEST`."""
        self._reader = reader
        self._writer = writer

    async def receive(self) -> dict[str, Any] | None:
        """Wait for the next message; None when the client has left."""
        while True:
            try:
                line = await self._reader.readline()
                message = json.loads(line) if line else None
            except ValueError:
                continue
            if message is None and not line:
                return None
            if isinstance(message, dict):
                return _tamed(message)

    async def send(self, message: dict[str, Any]) -> None:
        """Write one message, waiting while the client does not read."""
        self._writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        await self._writer.drain()

    async def close(self) -> None:
        """Say that nothing more will come."""
        self._writer.close()


def _tamed(message: dict[str, Any]) -> dict[str, Any]:
    """Take out `_meta`, of which the SDK would make arguments, such as another session's id.

    The method that left the standard goes through as an extension, which is the SDK's only door for it.
    """
    if isinstance(params := message.get("params"), dict):
        params.pop("_meta", None)
    return {**message, "method": f"_{LEGACY}"} if message.get("method") == LEGACY else message
