"""The server of the agents' tools: a process beside the controller, which brings it up again and ends with it."""

import asyncio
import os
from contextlib import suppress
from typing import Final

from .. import log
from ..log import LogEvent
from ..settings import Settings, self_spawn

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
"""Seconds between two starts: at most a minute without the tools once the port is free again."""
_END: Final = 3.0
"""Seconds for it to end when its stdin is closed; it needs a tenth."""


async def serve(settings: Settings, port: int) -> None:
    """Keep the server up until cancelled.

    It is no part of this process: the SDK would cost it more memory than all else, and a flood of calls its time.
    """
    places = [word for directory in settings.directories for word in ("--sessions-dir", os.fspath(directory))]
    argv = self_spawn("mcp", "--http", "--state-dir", os.fspath(settings.state), *places)
    pause = _FIRST_PAUSE
    while True:
        began = asyncio.get_running_loop().time()
        log.warning(LogEvent.TOOLS_ENDED, why=await _once(argv, port))
        lasted = asyncio.get_running_loop().time() - began > _LONGEST_PAUSE
        pause = _FIRST_PAUSE if lasted else min(2 * pause, _LONGEST_PAUSE)
        await asyncio.sleep(pause)


async def _once(argv: list[str], port: int) -> str:
    """Run it until it ends by itself, and return how it did."""
    env = os.environ | {"MUSTER_MCP_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(*argv, stdin=asyncio.subprocess.PIPE, env=env)
    try:
        code = await process.wait()
    finally:
        await _end(process)
    return f"exit {code}; is something else on port {port}?" if code > 0 else f"exit {code}"


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its stdin, at whose end it ends; kill it where it does not."""
    if process.stdin is not None:
        process.stdin.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _END)
    if process.returncode is None:
        process.kill()
        await process.wait()
