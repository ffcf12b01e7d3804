"""The official SDK's client talks with a keeper, and a keeper with an agent on the SDK; neither was changed for it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import acp
import pytest
from acp import schema

from tests.integration.held import Held, held
from tests.waiting import wait_for_async

STRANGER = Path(__file__).with_name("sdk_agent.py")
NOBODY = "00000000-0000-4000-8000-000000000000"


class Front:
    """A front end on the SDK."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.asked: list[Any] = []
        self.connection: Any = None

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        self.told.append(update)

    async def request_permission(self, options: list[Any], **_: Any) -> schema.RequestPermissionResponse:
        self.asked.append(options)
        yes = next(option.option_id for option in options if option.kind == "allow_once")
        return schema.RequestPermissionResponse(outcome=schema.AllowedOutcome(outcome="selected", option_id=yes))

    def text(self, kind: str = "agent_message_chunk") -> str:
        return "".join(update.content.text for update in self.told if update.session_update == kind)

    async def say(self, conversation: str, text: str) -> schema.PromptResponse:
        answer = await self.connection.prompt(session_id=conversation, prompt=[acp.text_block(text)])
        return cast("schema.PromptResponse", answer)


@asynccontextmanager
async def front_end(world: Held) -> AsyncIterator[Front]:
    """Come in by the socket, as the SDK's own documentation would."""
    front = Front()
    reader, writer = await asyncio.open_unix_connection(world.socket)
    front.connection = acp.connect_to_agent(cast("acp.Client", front), writer, reader)
    try:
        yield front
    finally:
        await front.connection.close()
        writer.close()
        await writer.wait_closed()


def run(story: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(story, 60))


async def opened(front: Front, world: Held) -> Any:
    """Shake hands, and ask for a session as every client does."""
    await front.connection.initialize(protocol_version=1)
    return await front.connection.new_session(cwd=str(world.cwd), mcp_servers=[])


def test_a_front_end_is_told_of_the_agent_and_gets_the_one_session(short_path: Path) -> None:
    async def story(world: Held) -> tuple[Any, list[Any]]:
        async with front_end(world) as front:
            said = await front.connection.initialize(protocol_version=1)
            return said, [await opened(front, world) for _ in range(2)]

    with held(short_path / "w") as world:
        said, sessions = run(story(world))

        capabilities = said.agent_capabilities
        offered = {name for name, there in capabilities.session_capabilities if there is not None}
        assert (said.protocol_version, capabilities.load_session) == (1, True)
        assert offered == {"list", "resume", "close"}
        assert {session.session_id for session in sessions} == {world.conversation}
        assert sessions[0].config_options[0].current_value == "mini"


def test_a_turn_a_switch_and_a_question(short_path: Path) -> None:
    async def story(world: Held) -> Front:
        async with front_end(world) as front:
            session = await opened(front, world)
            first = await front.say(session.session_id, "the cat is Tom")
            assert (first.stop_reason, (first.field_meta or {})["muster"]) == ("end_turn", {"model": "mini"})

            switched = await front.connection.set_config_option(
                config_id="model", session_id=session.session_id, value="maxi"
            )
            assert switched.config_options[0].current_value == "maxi"
            with pytest.raises(acp.RequestError) as refusal:
                await front.connection.set_config_option(config_id="model", session_id=session.session_id, value="giga")
            assert refusal.value.code == -32602

            await front.say(session.session_id, "recall")
            await front.say(session.session_id, "ask me")
            return front

    with held(short_path / "w") as world:
        front = run(story(world))

        assert front.text() == (
            "[mini-1] I will remember: the cat is Tom[maxi-1] You told me: the cat is Tom[maxi-1] You said yes."
        )
        assert len(front.asked) == 1
        said = world.statement
        assert (said["model"], said["model_by"], said["turns"]) == ("maxi", "front-end", 3)


def test_a_turn_is_cancelled(short_path: Path) -> None:
    async def story(world: Held) -> str:
        async with front_end(world) as front:
            session = await opened(front, world)
            turn = asyncio.create_task(front.say(session.session_id, "take 600 seconds"))
            await wait_for_async(world.transcript, what="the turn")
            await front.connection.cancel(session_id=session.session_id)
            return (await turn).stop_reason

    with held(short_path / "w") as world:
        assert run(story(world)) == "cancelled"


def test_a_late_front_end_is_told_the_whole_conversation(short_path: Path) -> None:
    """By load; by resume it is told nothing, and what is not this conversation is not found."""

    async def story(world: Held) -> tuple[Front, Front]:
        async with front_end(world) as front:
            session = await opened(front, world)
            await front.say(session.session_id, "the cat is Tom")
        here = {"cwd": str(world.cwd), "session_id": session.session_id, "mcp_servers": []}
        async with front_end(world) as late:
            await late.connection.initialize(protocol_version=1)
            with pytest.raises(acp.RequestError) as refusal:
                await late.connection.load_session(**here | {"session_id": NOBODY})
            assert refusal.value.code == -32002
            await late.connection.load_session(**here)
            await wait_for_async(lambda: late.text().endswith("Tom"))
        async with front_end(world) as resumed:
            await resumed.connection.initialize(protocol_version=1)
            await resumed.connection.resume_session(**here)
            await resumed.say(session.session_id, "recall")
            return late, resumed

    with held(short_path / "w") as world:
        late, resumed = run(story(world))

        assert late.text("user_message_chunk") == "the cat is Tom"
        assert late.text() == "[mini-1] I will remember: the cat is Tom"
        assert resumed.text() == "[mini-1] You told me: the cat is Tom"


def test_two_front_ends_see_one_conversation(short_path: Path) -> None:
    async def story(world: Held) -> tuple[Front, Front]:
        async with front_end(world) as one, front_end(world) as other:
            session = await opened(one, world)
            await opened(other, world)
            await one.say(session.session_id, "the cat is Tom")
            await other.say(session.session_id, "recall")
            await wait_for_async(lambda: one.text().count("Tom") == 2)
            return one, other

    with held(short_path / "w") as world:
        one, other = run(story(world))

        assert one.text() == other.text() != ""
        assert other.text("user_message_chunk") == "the cat is Tom"
        assert one.text("user_message_chunk") == "recall"


def test_who_leaves_by_close_leaves_alone(short_path: Path) -> None:
    """Neither the keeper nor the agent ends, and the session is still listed."""

    async def story(world: Held) -> Any:
        async with front_end(world) as front:
            session = await opened(front, world)
            await front.connection.close_session(session_id=session.session_id)
        async with front_end(world) as another:
            await another.connection.initialize(protocol_version=1)
            return (await another.connection.list_sessions()).sessions

    with held(short_path / "w") as world:
        before = world.agents()
        (listed,) = run(story(world))

        assert listed.session_id == world.conversation
        assert world.agents() == before != []


def test_our_own_methods_are_reached_as_extensions(short_path: Path) -> None:
    async def story(world: Held) -> Any:
        async with front_end(world) as front:
            return await front.connection.ext_method("muster/status", {})

    with held(short_path / "w") as world:
        said = run(story(world))

        assert (said["name"], said["state"], said["offered"][0][0]) == ("a", "ready", "mini")


def test_a_keeper_holds_an_agent_that_knows_nothing_of_us(short_path: Path) -> None:
    """As the SDK's own documentation writes one: no models, no load, no stable identity."""

    async def story(world: Held) -> str:
        async with front_end(world) as front:
            session = await opened(front, world)
            assert (await front.say(session.session_id, "hello")).stop_reason == "end_turn"
            return front.text()

    with held(short_path / "w", None, agent=[sys.executable, str(STRANGER)]) as world:
        assert run(story(world)) == "hello to you"
        said = world.statement
        assert (said["channel"], said["model"], said["offered"]) == ("none", None, [])
        assert world.down() == 0
