"""A conversation that is made before the process that works on it: the agent is asked for one, and says its id."""

import asyncio
import re
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from ..errors import MusterError
from ..model.plan import Launch
from ..model.profile import Beginning

_LONGEST_LINE: Final = 1 << 22
"""Bytes; an answer may list every model of every provider."""
_LEAVE: Final = 10.0
"""Seconds that it may take to end after its input has; the slowest known takes a tenth of one."""
_SHOWN: Final = 200


async def begun(name: str, launch: Launch, rules: Beginning, env: Mapping[str, str]) -> Launch:
    """Return the launch on a conversation that is made now, as the launch says.

    :raises MusterError: when the agent named none.
    """
    try:
        asked = await asyncio.create_subprocess_exec(
            *rules.argv, cwd=launch.cwd, env=env, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LONGEST_LINE
        )
    except OSError as error:
        raise MusterError(f"cannot begin a conversation for {name}: {rules.argv[0]}: {error.strerror}") from error
    try:
        async with asyncio.timeout(rules.wait):
            conversation, last = await _asked(asked, rules)
    except TimeoutError:
        raise MusterError(f"cannot begin a conversation for {name}: no answer in {rules.wait:g} s") from None
    finally:
        await _left(asked)
    if conversation is None:
        raise MusterError(f"cannot begin a conversation for {name}: {launch.agent} named none; it said {last!r}")
    return launch.on(conversation)


async def _asked(process: Process, rules: Beginning) -> tuple[str | None, str]:
    """Return the id that the agent names, ``None`` when it ends without, and the last thing that it said."""
    assert process.stdin  # noqa: S101 - for the type checker: both are pipes
    assert process.stdout  # noqa: S101
    with suppress(ConnectionError):  # it may have ended already; what it said tells why
        process.stdin.writelines(f"{line}\n".encode() for line in rules.say)
        await process.stdin.drain()
    last = ""
    async for raw in process.stdout:
        line = raw.decode(errors="replace").strip()
        if found := re.search(rules.id, line):
            return found[1] if found.re.groups else found[0], line
        last = line[:_SHOWN] or last
    return None, last


async def _left(process: Process) -> None:
    """End it by the end of its input, so that the conversation has one writer; by force where that is not heard."""
    if process.stdin:
        process.stdin.close()
    try:
        async with asyncio.timeout(_LEAVE):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
