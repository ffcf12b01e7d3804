"""The embedded agent as a server of ACP v1, on the official SDK: the methods that a client may call."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, cast

import acp
from acp import schema

from . import embedded_acp_models as models
from . import embedded_acp_wire as wire
from . import embedded_files as files
from . import embedded_options as options
from . import embedded_talk as talk
from .embedded_acp_list import listed
from .embedded_acp_session import Session
from .embedded_memory import Memory


def serve(agent: Agent) -> int:
    """Answer the client on stdin and stdout until it leaves; return the exit code."""
    asyncio.run(_serve(agent))
    return 0


async def _serve(agent: Agent) -> None:
    try:
        streams = await acp.stdio_streams(limit=wire.LONGEST)
    except (ValueError, OSError) as error:
        raise options.Refused(f"cannot speak ACP: stdin and stdout must be pipes or sockets: {error}", 2) from None
    # Without the switch the SDK refuses resume and close, though both are stable.
    await acp.run_agent(cast("acp.Agent", agent), wire.Wire(*streams), use_unstable_protocol=True)
    if "survives-stdin-close" in options.faults():
        sys.stderr.write("stdin has ended, and I stay\n")
        await asyncio.Event().wait()


class Agent:
    """What a client can ask.

    It is no subclass of the SDK's Protocol: what it inherited would be answered with nothing, not refused.
    """

    def __init__(self, model: str) -> None:
        """Have no session yet; `model` is that of new ones."""
        self._model = model
        self._sessions: dict[str, Session] = {}
        self._client: acp.Client

    def on_connect(self, client: acp.Client) -> None:
        """Remember whom to talk to."""
        self._client = client

    def leave(self) -> None:
        """Take this process out of the registry."""
        for session in self._sessions.values():
            session.memory.registry.remove()

    async def initialize(self, **_: Any) -> schema.InitializeResponse:
        """Say what there is; the version is 1, whatever the client would like."""
        return schema.InitializeResponse(
            protocol_version=acp.PROTOCOL_VERSION,
            agent_capabilities=schema.AgentCapabilities(
                load_session=True,
                session_capabilities=schema.SessionCapabilities(
                    list=schema.SessionListCapabilities(),
                    resume=schema.SessionResumeCapabilities(),
                    close=schema.SessionCloseCapabilities(),
                ),
            ),
            agent_info=schema.Implementation(name="embedded-agent", title="Embedded agent", version=files.VERSION),
        )

    async def new_session(self, cwd: str, **_: Any) -> dict[str, Any]:
        """Begin a conversation, under an id that is minted here."""
        memory = Memory(options.new_session_id(), self._model, _directory(cwd))
        self._open(memory)
        return {"sessionId": memory.session_id, **models.told(memory.model)}

    async def load_session(self, cwd: str, session_id: str, **_: Any) -> dict[str, Any]:
        """Go on with a conversation and tell it again, before the answer."""
        session = self._take_up(cwd, session_id)
        await session.replay()
        return models.told(session.memory.model)

    async def resume_session(self, cwd: str, session_id: str, **_: Any) -> dict[str, Any]:
        """Go on with a conversation."""
        return models.told(self._take_up(cwd, session_id).memory.model)

    async def list_sessions(self, cwd: str | None = None, **_: Any) -> schema.ListSessionsResponse:
        """List the conversations on disk, all on one page."""
        return schema.ListSessionsResponse(sessions=listed(_directory(cwd) if cwd else None))

    async def close_session(self, session_id: str, **_: Any) -> None:
        """Let go of a session, and end its turn."""
        await self._session(session_id).leave()
        del self._sessions[session_id]

    async def prompt(self, prompt: list[Any], session_id: str, **_: Any) -> schema.PromptResponse:
        """Take a turn; links are read as their addresses."""
        words = [str(getattr(block, "text", "") or getattr(block, "uri", "")) for block in prompt]
        return await self._session(session_id).turn(" ".join(words).strip())

    async def cancel(self, session_id: str, **_: Any) -> None:
        """End a turn."""
        self._session(session_id).stop()

    async def set_config_option(self, config_id: str, session_id: str, value: object, **_: Any) -> dict[str, Any]:
        """Set the model from the next turn on; it is the only option."""
        if models.channel() is not models.Channel.CONFIG_OPTIONS:
            raise acp.RequestError.method_not_found("session/set_config_option")
        if config_id != "model":
            raise acp.RequestError.invalid_params({"configId": config_id, "offered": ["model"]})
        return self._switch(session_id, value)

    async def ext_method(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Set the model in the way that left the standard, where the agent plays an old one."""
        if method != wire.LEGACY or models.channel() is not models.Channel.LEGACY:
            raise acp.RequestError.method_not_found(method)
        self._switch(str(params.get("sessionId")), params.get("modelId"))
        return {}

    def _switch(self, session_id: str, value: object) -> dict[str, Any]:
        memory = self._session(session_id).memory
        if not isinstance(value, str) or value not in talk.MODELS:
            raise acp.RequestError.invalid_params({"value": value, "offered": list(talk.MODELS)})
        memory.switch(value)
        return models.told(memory.model)

    def _take_up(self, cwd: str, session_id: str) -> Session:
        if (there := self._sessions.get(session_id)) and there.busy:
            raise acp.RequestError(-32600, "a turn is already running")
        try:
            memory = Memory.known(session_id, self._model, _directory(cwd))
        except options.Refused as refusal:
            raise acp.RequestError(-32002, str(refusal)) from None
        memory.model = talk.model_id(memory.last_model() or "") or self._model
        return self._open(memory)

    def _open(self, memory: Memory) -> Session:
        opened = self._sessions[memory.session_id] = Session(memory, self._client)
        return opened

    def _session(self, session_id: str) -> Session:
        if session_id not in self._sessions:
            raise acp.RequestError.resource_not_found(session_id)
        return self._sessions[session_id]


def _directory(cwd: str) -> str:
    """Return a directory by the name under which a process that stands in it knows it."""
    if not os.path.isabs(cwd):  # noqa: PTH117 - it stays a string
        raise acp.RequestError.invalid_params({"cwd": cwd, "why": "not an absolute path"})
    return os.path.realpath(cwd)
