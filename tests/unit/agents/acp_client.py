"""A client of the official SDK and the embedded agent, joined by a socket within one process."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import acp
from acp import schema
from acp.connection import StreamEvent

from controller.agents.embedded_acp import Agent
from controller.agents.embedded_acp_wire import LONGEST, Wire


class Person:
    """Keeps what it is told, and answers what it is asked: with an option's id, or by turning away; once it is free."""

    def __init__(self, decision: str | None = "yes", *, free: bool = True) -> None:
        self.decision = decision
        self.free = asyncio.Event()
        if free:
            self.free.set()
        self.told: list[Any] = []
        self.wire: list[dict[str, Any]] = []
        self.asked = asyncio.Event()

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        self.told.append(update)

    async def request_permission(self, session_id: str, **_: Any) -> schema.RequestPermissionResponse:
        self.asked.set()
        await self.free.wait()
        if self.decision is None:
            return schema.RequestPermissionResponse(outcome=schema.DeniedOutcome(outcome="cancelled"))
        chosen = schema.AllowedOutcome(outcome="selected", option_id=self.decision)
        return schema.RequestPermissionResponse(outcome=chosen)

    def saw(self, event: StreamEvent) -> None:
        """Keep every message as it came, in the order of the wire."""
        if event.direction.value == "incoming":
            self.wire.append(event.message)

    def text(self, kind: str = "agent_message_chunk") -> str:
        return "".join(update.content.text for update in self.told if update.session_update == kind)


class Talk:
    """One session, with fewer words."""

    def __init__(self, connection: Any, session_id: str, person: Person) -> None:
        self.connection = connection
        self.id = session_id
        self.person = person

    async def say(self, text: str) -> schema.PromptResponse:
        answer = await self.connection.prompt(session_id=self.id, prompt=[acp.text_block(text)])
        return cast("schema.PromptResponse", answer)

    async def set_model(self, value: str) -> str:
        answer = await self.connection.set_config_option(config_id="model", session_id=self.id, value=value)
        return current(answer)


def current(answer: Any) -> str:
    """The model that an answer says is set."""
    (option,) = answer.config_options
    return str(option.current_value)


@asynccontextmanager
async def connected(person: Person | None = None, model: str = "midi-1") -> AsyncIterator[Any]:
    """Serve an agent for the length of a test, and give the SDK's connection to it."""
    person = person or Person()
    ours, theirs = socket.socketpair()
    wire = Wire(*await asyncio.open_connection(sock=theirs, limit=LONGEST))
    serving = asyncio.create_task(acp.run_agent(cast("acp.Agent", Agent(model)), wire, use_unstable_protocol=True))
    reader, writer = await asyncio.open_connection(sock=ours)
    connection = acp.connect_to_agent(
        cast("acp.Client", person), writer, reader, use_unstable_protocol=True, observers=[person.saw]
    )
    try:
        yield connection
    finally:
        await connection.close()
        writer.close()
        await serving


@asynccontextmanager
async def talking(cwd: Path, person: Person | None = None) -> AsyncIterator[Talk]:
    """Open one new session in a directory."""
    person = person or Person()
    async with connected(person) as connection:
        opened = await connection.new_session(cwd=str(cwd), mcp_servers=[])
        yield Talk(connection, opened.session_id, person)


def records(home: Path, conversation: str) -> list[dict[str, Any]]:
    """Read a transcript, wherever it is, without its header."""
    (path,) = home.glob(f"projects/*/{conversation}.jsonl")
    read = [json.loads(line) for line in path.read_text().splitlines()]
    return [record for record in read if record["type"] != "meta"]
