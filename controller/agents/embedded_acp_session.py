"""One conversation of the embedded agent with an ACP client: its turns, what it asks, and its replay."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import acp
from acp import schema

from . import embedded_acp_models as models
from . import embedded_options as options
from . import embedded_talk as talk
from . import embedded_tool as tool
from .embedded_memory import Memory

T = TypeVar("T")
_YES = schema.PermissionOption(option_id="yes", name="Yes", kind="allow_once")
_NO = schema.PermissionOption(option_id="no", name="No", kind="reject_once")


class Stopped(Exception):
    """The client took the turn back."""


class Session:
    """A conversation that a client has opened; one turn at a time."""

    def __init__(self, memory: Memory, client: acp.Client) -> None:
        """Be there, idle."""
        self.memory = memory
        self._client = client
        self._think = options.think_seconds()
        self._turning = asyncio.Lock()
        self._stop = asyncio.Event()
        memory.registry.say("idle")

    @property
    def busy(self) -> bool:
        """Whether a turn is running."""
        return self._turning.locked()

    def stop(self) -> None:
        """End the turn that is running, if one is."""
        self._stop.set()

    async def leave(self) -> None:
        """Stop, and be gone from the registry."""
        self.stop()
        async with self._turning:
            self.memory.registry.remove()

    async def replay(self) -> None:
        """Tell the client all that was said before."""
        for turn in self.memory.turns:
            chunk = acp.update_user_message_text if turn["type"] == "user" else acp.update_agent_message_text
            await self._tell(chunk(turn.get("text", "")))

    async def turn(self, prompt: str) -> schema.PromptResponse:
        """Answer one prompt, on the model that is set when it comes."""
        if self.busy:
            raise acp.RequestError(-32600, "a turn is already running")
        async with self._turning:
            self._stop.clear()
            self.memory.registry.say("busy")
            try:
                return await self._turn(prompt)
            except Stopped:
                return schema.PromptResponse(stop_reason="cancelled")
            finally:
                self.memory.registry.say("idle")

    async def _turn(self, prompt: str) -> schema.PromptResponse:
        match prompt.split():
            case ["/model"]:
                await self._say(f"model {self.memory.model}")
            case ["/model", name]:
                await self._switch(name)
            case _:
                model = self.memory.model
                return _ended(_usage(model, prompt, await self._answer(prompt, model)))
        return _ended([])

    async def _switch(self, name: str) -> None:
        """Do what a person says inside the session, and let the client know."""
        try:
            self.memory.switch(name)
        except options.Refused as refusal:
            await self._say(str(refusal))
            return
        await self._say(f"model set to {self.memory.model}")
        if models.channel() is models.Channel.CONFIG_OPTIONS:
            changed = [models.option(self.memory.model)]
            await self._tell(schema.ConfigOptionUpdate(session_update="config_option_update", config_options=changed))

    async def _answer(self, prompt: str, model: str) -> str:
        """Stream the answer; who sees its end may rely on its record."""
        earlier = self.memory.hear(prompt)
        await self._unless_stopped(asyncio.sleep(self._think + talk.extra_seconds(prompt)))
        if talk.wants_permission(prompt):
            text = talk.answer_to_permission(await self._permission(), model)
        elif line := tool.command(prompt):
            text = f"[{model}] {await self._unless_stopped(asyncio.to_thread(tool.run, line))}"
        else:
            text = talk.answer(prompt, earlier, model)
        *first, last = talk.pieces(text)
        for piece in first:
            await self._say(piece)
            await self._unless_stopped(asyncio.sleep(self._think * talk.PAUSE))
        self.memory.answer(text, model)
        await self._say(last)
        return text

    async def _permission(self) -> str:
        call, title = f"ask-{len(self.memory.sentences)}", "May I?"
        await self._tell(acp.start_tool_call(call, title, kind="other", status="pending"))
        self.memory.registry.say("waiting", waitingFor="permission")
        asked = self._client.request_permission(
            session_id=self.memory.session_id,
            tool_call=schema.ToolCallUpdate(tool_call_id=call, title=title),
            options=[_YES, _NO],
        )
        outcome = (await self._unless_stopped(asked)).outcome
        if isinstance(outcome, schema.DeniedOutcome):
            raise Stopped
        self.memory.registry.say("busy")
        allowed = outcome.option_id == _YES.option_id
        await self._tell(acp.update_tool_call(call, status="completed" if allowed else "failed"))
        return outcome.option_id

    async def _unless_stopped(self, work: Awaitable[T]) -> T:
        """Return what the work brings.

        :raises Stopped: the client does not want it any more.
        """
        wanted, stopped = asyncio.ensure_future(work), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((wanted, stopped), return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():
                raise Stopped
            return wanted.result()
        finally:
            wanted.cancel()
            stopped.cancel()

    async def _say(self, text: str) -> None:
        await self._tell(acp.update_agent_message_text(text))

    async def _tell(self, update: Any) -> None:
        await self._client.session_update(session_id=self.memory.session_id, update=update)


def _ended(usage: list[dict[str, Any]]) -> schema.PromptResponse:
    """Say that the turn is over, and which models it used, where agents in the field say it."""
    return schema.PromptResponse(stop_reason="end_turn", field_meta={"quota": {"model_usage": usage}})


def _usage(model: str, prompt: str, answer: str) -> list[dict[str, Any]]:
    spent = {"input_tokens": len(prompt.split()), "output_tokens": len(answer.split())}
    return [{"model": model, "token_count": spent}]
