"""A turn over ACP: it can be taken back, it can ask, and nobody can slip into it."""

import asyncio
import socket
from pathlib import Path
from typing import Any, cast

import acp
import pytest
from acp import schema

from controller.agents.embedded_acp import Agent
from controller.agents.embedded_acp_wire import Wire
from tests.unit.agents.acp_client import Person, records, talking
from tests.waiting import wait_for_async


def kept(demo_home: Path, conversation: str) -> list[tuple[str, str]]:
    return [(record["type"], record["text"]) for record in records(demo_home, conversation)]


def test_answer_comes_in_pieces_and_is_kept_before_its_end(tmp_path: Path, demo_home: Path) -> None:
    async def story() -> tuple[int, str]:
        async with talking(tmp_path) as talk:
            await talk.say("the cat is Tom")
            return len(talk.person.told), talk.id

    pieces, conversation = asyncio.run(story())

    assert pieces > 2
    assert kept(demo_home, conversation)[-1] == ("assistant", "[midi-1] I will remember: the cat is Tom")


def test_cancelled_turn_keeps_the_words_and_no_answer(tmp_path: Path, demo_home: Path) -> None:
    async def story() -> tuple[str, str, str]:
        async with talking(tmp_path) as talk:
            turn = asyncio.create_task(talk.say("take 600 seconds"))
            await wait_for_async(lambda: list(demo_home.glob("projects/*/*")))
            await talk.connection.cancel(session_id=talk.id)
            ended = await turn
            await talk.say("recall")
            return ended.stop_reason, talk.person.text(), talk.id

    reason, text, conversation = asyncio.run(story())

    assert (reason, text) == ("cancelled", "[midi-1] You told me: take 600 seconds")
    assert [who for who, _ in kept(demo_home, conversation)] == ["user", "user", "assistant"]


def test_cancel_without_a_turn_touches_no_later_one(tmp_path: Path) -> None:
    async def story() -> str:
        async with talking(tmp_path) as talk:
            await talk.connection.cancel(session_id=talk.id)
            return (await talk.say("hello")).stop_reason

    assert asyncio.run(story()) == "end_turn"


@pytest.mark.parametrize("decision", ["yes", "no"])
def test_agent_asks_the_client(tmp_path: Path, decision: str) -> None:
    async def story() -> tuple[str, list[str | None]]:
        async with talking(tmp_path, Person(decision)) as talk:
            await talk.say("ask me")
            calls = [update.status for update in talk.person.told if update.session_update.startswith("tool_call")]
            return talk.person.text(), calls

    text, statuses = asyncio.run(story())

    assert text == f"[midi-1] You said {decision}."
    assert statuses == ["pending", "completed" if decision == "yes" else "failed"]


def test_question_that_is_turned_away_ends_the_turn(tmp_path: Path, demo_home: Path) -> None:
    async def story() -> tuple[str, str]:
        async with talking(tmp_path, Person(None)) as talk:
            return (await talk.say("ask me")).stop_reason, talk.id

    reason, conversation = asyncio.run(story())

    assert (reason, kept(demo_home, conversation)) == ("cancelled", [("user", "ask me")])


@pytest.mark.parametrize("way", ["cancel", "close_session"])
def test_a_client_that_never_decides_can_still_leave(tmp_path: Path, way: str) -> None:
    async def story() -> str:
        async with talking(tmp_path, Person(free=False)) as talk:
            turn = asyncio.create_task(talk.say("ask me"))
            await talk.person.asked.wait()
            await getattr(talk.connection, way)(session_id=talk.id)
            return (await turn).stop_reason

    assert asyncio.run(story()) == "cancelled"


def test_second_prompt_and_load_in_mid_turn_are_refused(tmp_path: Path) -> None:
    async def story() -> str:
        async with talking(tmp_path, Person(free=False)) as talk:
            turn = asyncio.create_task(talk.say("ask me"))
            await talk.person.asked.wait()
            again = talk.connection.load_session(cwd=str(tmp_path), session_id=talk.id, mcp_servers=[])
            for call in (talk.say("hello?"), again):
                with pytest.raises(acp.RequestError, match="a turn is already running"):
                    await call
            await talk.connection.cancel(session_id=talk.id)
            return (await turn).stop_reason

    assert asyncio.run(story()) == "cancelled"


def test_person_switches_inside_and_the_client_is_told(tmp_path: Path, demo_home: Path) -> None:
    """The model changes by a sentence, as agents do it themselves; it is no turn."""

    async def story() -> tuple[str, list[Any], str]:
        async with talking(tmp_path) as talk:
            for line in ("/model maxi", "/model giga", "/model", "hello"):
                await talk.say(line)
            updates = [update for update in talk.person.told if update.session_update == "config_option_update"]
            return talk.person.text(), updates, talk.id

    text, updates, conversation = asyncio.run(story())

    assert text == "model set to maxi-1unknown model: gigamodel maxi-1[maxi-1] I will remember: hello"
    assert [update.config_options[0].current_value for update in updates] == ["maxi"]
    kinds = [record["type"] for record in records(demo_home, conversation)]
    assert kinds == ["model_change", "user", "assistant"]


def test_links_are_read_as_their_addresses(tmp_path: Path, demo_home: Path) -> None:
    link = schema.ResourceContentBlock(type="resource_link", name="x", uri="file:///x")

    async def story() -> str:
        async with talking(tmp_path) as talk:
            await talk.connection.prompt(session_id=talk.id, prompt=[acp.text_block("read"), link])
            return talk.id

    assert kept(demo_home, asyncio.run(story()))[0] == ("user", "read file:///x")


def test_meta_names_no_other_session(tmp_path: Path, demo_home: Path) -> None:
    """The SDK makes arguments of `_meta`; what a stranger wrote there reaches no session."""

    async def story() -> str:
        async with talking(tmp_path) as talk:
            spoof = {"session_id": "spoofed", "self": 1, "prompt": []}
            params = {"sessionId": talk.id, "prompt": [{"type": "text", "text": "hello"}], "_meta": spoof}
            await talk.connection._conn.send_request("session/prompt", params)
            return talk.id

    assert kept(demo_home, asyncio.run(story()))[0] == ("user", "hello")


def test_junk_on_the_wire_is_passed_over() -> None:
    """Lines that are no message, or no object, and a last one without an end."""
    junk = b'\n{"half\n[1, 2]\nnull\n7\n\xff\xfe\n{"id": 9, "result": {}}\n'
    question = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": 1}}'

    async def story() -> bytes:
        ours, theirs = socket.socketpair()
        wire = Wire(*await asyncio.open_connection(sock=theirs))
        serving = asyncio.create_task(acp.run_agent(cast("acp.Agent", Agent("midi-1")), wire))
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(junk + question)
        writer.write_eof()
        answered = await reader.readline()
        await serving
        writer.close()
        return answered

    assert b'"protocolVersion":1' in asyncio.run(story())


def test_message_that_is_too_long_is_passed_over() -> None:
    async def story() -> dict[str, Any] | None:
        reader = asyncio.StreamReader(limit=100)
        reader.feed_data(b'{"long": "' + b"x" * 200 + b'"}\n{"short": 1}\n')
        reader.feed_eof()
        return await Wire(reader, cast("asyncio.StreamWriter", None)).receive()

    assert asyncio.run(story()) == {"short": 1}
