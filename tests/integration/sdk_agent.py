"""The smallest agent that the SDK's documentation teaches: it can nothing but answer."""

import asyncio
import uuid
from typing import Any, cast

import acp


class Parrot:
    def on_connect(self, conn: acp.Client) -> None:
        self.client = conn

    async def initialize(self, protocol_version: int, **_: Any) -> acp.InitializeResponse:
        return acp.InitializeResponse(protocol_version=protocol_version)

    async def new_session(self, **_: Any) -> acp.NewSessionResponse:
        return acp.NewSessionResponse(session_id=uuid.uuid4().hex)

    async def prompt(self, prompt: list[Any], session_id: str, **_: Any) -> acp.PromptResponse:
        for block in prompt:
            await self.client.session_update(
                session_id=session_id, update=acp.update_agent_message_text(f"{block.text} to you")
            )
        return acp.PromptResponse(stop_reason="end_turn")


asyncio.run(acp.run_agent(cast("acp.Agent", Parrot())))
