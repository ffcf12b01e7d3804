"""The embedded agent answers the SDK's own client: sessions, models, and what it refuses."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import acp
import pytest
from acp import schema

from controller.agents.embedded_memory import Memory
from tests.unit.agents.acp_client import Person, Talk, connected, current, records, talking

NOBODY = "00000000-0000-4000-8000-000000000000"


def told_before(cwd: Path, *models: str) -> str:
    """Leave a conversation on disk, as the terminal mode would, one turn on each model."""
    memory = Memory("11111111-1111-4111-8111-111111111111", "midi-1", str(cwd))
    for number, model in enumerate(models, start=1):
        memory.switch(model)
        memory.hear(f"sentence {number}")
        memory.answer(f"answer {number}", memory.model)
    return memory.session_id


async def refused(code: int, call: Any) -> Any:
    with pytest.raises(acp.RequestError) as refusal:
        await call
    assert refusal.value.code == code
    return refusal.value.data


def test_it_says_version_1_and_what_it_can() -> None:
    async def story() -> Any:
        async with connected() as connection:
            return await connection.initialize(protocol_version=2)

    said = asyncio.run(story())

    capabilities = said.agent_capabilities
    offered = {name for name, there in capabilities.session_capabilities if there is not None}
    assert (said.protocol_version, capabilities.load_session, offered) == (1, True, {"list", "resume", "close"})


def test_new_session_is_on_the_model_of_the_start(tmp_path: Path) -> None:
    async def story() -> Any:
        async with connected(model="maxi-1") as connection:
            return await connection.new_session(cwd=str(tmp_path), mcp_servers=[])

    opened = asyncio.run(story())

    (option,) = opened.config_options
    assert (option.id, option.category, option.current_value) == ("model", "model", "maxi")
    assert [offered.value for offered in option.options] == ["mini", "midi", "maxi"]


def test_session_without_a_prompt_leaves_only_its_registry_entry(tmp_path: Path, demo_home: Path) -> None:
    def left() -> list[Path]:
        return [path.relative_to(demo_home) for path in demo_home.rglob("*") if path.is_file()]

    async def story() -> list[Path]:
        async with talking(tmp_path):
            return left()

    assert asyncio.run(story()) == [Path("sessions") / f"{os.getpid()}.json"]


def test_a_set_model_answers_from_the_next_turn_on(tmp_path: Path, demo_home: Path) -> None:
    async def story() -> tuple[str, list[dict[str, Any]]]:
        async with talking(tmp_path) as talk:
            await talk.say("hello")
            assert await talk.set_model("maxi") == "maxi"
            await talk.say("hello again")
            return talk.person.text(), records(demo_home, talk.id)

    text, kept = asyncio.run(story())

    assert text == "[midi-1] I will remember: hello[maxi-1] I will remember: hello again"
    assert [(record["type"], record.get("model")) for record in kept] == [
        ("user", None),
        ("assistant", "midi-1"),
        ("model_change", "maxi-1"),
        ("user", None),
        ("assistant", "maxi-1"),
    ]


def test_a_model_set_in_mid_turn_waits_for_its_end(tmp_path: Path) -> None:
    async def story() -> tuple[list[str], list[str], str]:
        async with talking(tmp_path, Person(free=False)) as talk:
            turn = asyncio.create_task(talk.say("ask me"))
            await talk.person.asked.wait()
            assert await talk.set_model("mini") == "mini"
            talk.person.free.set()
            return used(await turn), used(await talk.say("and now?")), talk.person.text()

    old, new, text = asyncio.run(story())
    assert (old, new) == (["midi-1"], ["mini-1"])
    assert text.startswith("[midi-1] You said yes.[mini-1]")


def used(answer: Any) -> list[str]:
    """The models that the end of a turn names."""
    return [usage["model"] for usage in answer.field_meta["quota"]["model_usage"]]


@pytest.mark.parametrize("option, value", [("model", "giga"), ("model", "maxi-1"), ("mode", "maxi")])
def test_what_is_not_offered_is_not_set(tmp_path: Path, option: str, value: str) -> None:
    async def story() -> Any:
        async with talking(tmp_path) as talk:
            wrong = talk.connection.set_config_option(config_id=option, session_id=talk.id, value=value)
            await refused(-32602, wrong)
            return used(await talk.say("hello"))

    assert asyncio.run(story()) == ["midi-1"]


def test_load_tells_it_all_before_it_answers(tmp_path: Path) -> None:
    conversation = told_before(tmp_path, "mini", "maxi")
    person = Person()

    async def story() -> Any:
        async with connected(person) as connection:
            return await connection.load_session(cwd=str(tmp_path), session_id=conversation, mcp_servers=[])

    asyncio.run(story())

    *replayed, answer = person.wire
    chunks = [message["params"]["update"] for message in replayed]
    assert [(chunk["sessionUpdate"].split("_")[0], chunk["content"]["text"]) for chunk in chunks] == [
        ("user", "sentence 1"),
        ("agent", "answer 1"),
        ("user", "sentence 2"),
        ("agent", "answer 2"),
    ]
    assert "result" in answer


@pytest.mark.parametrize("method", ["load_session", "resume_session"])
def test_a_model_that_was_set_and_not_used_is_lost(tmp_path: Path, method: str) -> None:
    """The model after a load is that of the last answer: who wants another one has to set it again."""
    conversation = told_before(tmp_path, "maxi")
    Memory(conversation, "midi-1", str(tmp_path)).switch("mini")

    async def story() -> str:
        async with connected() as connection:
            call = getattr(connection, method)
            return current(await call(cwd=str(tmp_path), session_id=conversation, mcp_servers=[]))

    assert asyncio.run(story()) == "maxi"


def test_resume_knows_the_earlier_words_and_tells_nothing(tmp_path: Path) -> None:
    conversation = told_before(tmp_path, "midi")
    person = Person()

    async def story() -> str:
        async with connected(person) as connection:
            await connection.resume_session(cwd=str(tmp_path), session_id=conversation, mcp_servers=[])
            assert person.told == []
            await Talk(connection, conversation, person).say("what did I tell you?")
            return person.text()

    assert asyncio.run(story()) == "[midi-1] You told me: sentence 1"


@pytest.mark.parametrize("method", ["load_session", "resume_session"])
@pytest.mark.parametrize("case", ["nobody's", "another directory", "no id", "forgetful"])
def test_what_is_not_there_is_not_taken_up(
    tmp_path: Path, method: str, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = told_before(tmp_path, "midi")
    wanted = {"nobody's": NOBODY, "no id": "../../etc"}.get(case, conversation)
    directory = tmp_path.parent if case == "another directory" else tmp_path
    if case == "forgetful":
        monkeypatch.setenv("MUSTER_DEMO_FAULT", "refuse-resume")

    async def story() -> None:
        async with connected() as connection:
            call = getattr(connection, method)
            await refused(-32002, call(cwd=str(directory), session_id=wanted, mcp_servers=[]))
            await refused(-32002, connection.prompt(session_id=wanted, prompt=[acp.text_block("hello")]))

    asyncio.run(story())


def test_directory_is_known_by_its_real_name(tmp_path: Path) -> None:
    """The terminal mode stands in it and knows no other name; one conversation serves both."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    conversation = told_before(real, "midi")

    async def story() -> str:
        async with connected() as connection:
            await refused(-32602, connection.new_session(cwd="relative", mcp_servers=[]))
            return current(await connection.load_session(cwd=str(link), session_id=conversation, mcp_servers=[]))

    assert asyncio.run(story()) == "midi"


def test_conversations_are_listed_by_directory(tmp_path: Path) -> None:
    conversation = told_before(tmp_path, "midi")

    async def story() -> list[Any]:
        async with talking(tmp_path.parent) as talk:
            await talk.say("x" * 100)
            here = await talk.connection.list_sessions(cwd=str(tmp_path))
            everywhere = await talk.connection.list_sessions()
            assert len(everywhere.sessions) == 2
            assert len(everywhere.sessions[0].title) == 60
            return list(here.sessions)

    (info,) = asyncio.run(story())
    assert (info.session_id, info.cwd, info.title) == (conversation, str(tmp_path), "sentence 1")


def test_closed_session_is_gone_and_can_be_loaded(tmp_path: Path, demo_home: Path) -> None:
    async def story() -> str:
        async with talking(tmp_path) as talk:
            await talk.say("hello")
            await talk.connection.close_session(session_id=talk.id)
            assert list((demo_home / "sessions").iterdir()) == []
            await refused(-32002, talk.say("hello?"))
            again = await talk.connection.load_session(cwd=str(tmp_path), session_id=talk.id, mcp_servers=[])
            return current(again)

    assert asyncio.run(story()) == "midi"


def test_methods_that_are_not_there_are_not_found(tmp_path: Path) -> None:
    async def story() -> None:
        async with talking(tmp_path) as talk:
            await refused(-32601, talk.connection.set_session_mode(session_id=talk.id, mode_id="x"))
            await refused(-32601, talk.connection.fork_session(session_id=talk.id, cwd=str(tmp_path)))
            await refused(-32601, talk.connection.authenticate(method_id="x"))
            await refused(-32601, talk.connection.ext_method("x/y", {}))

    asyncio.run(story())


class Onlooker(Person):
    """Looks into the registry whenever the client is asked or told something."""

    def __init__(self, entry: Path) -> None:
        super().__init__()
        self.entry = entry
        self.seen: list[dict[str, Any]] = []

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        self.look()

    async def request_permission(self, session_id: str, **_: Any) -> schema.RequestPermissionResponse:
        self.look()
        return await super().request_permission(session_id)

    def look(self) -> None:
        self.seen.append(json.loads(self.entry.read_text()))


def test_registry_names_the_session_of_the_process(tmp_path: Path, demo_home: Path) -> None:
    """Who observes by registry and transcript sees the same as in a terminal."""
    onlooker = Onlooker(demo_home / "sessions" / f"{os.getpid()}.json")

    async def story() -> str:
        async with talking(tmp_path, onlooker) as talk:
            onlooker.look()
            await talk.say("ask me")
            onlooker.look()
            return talk.id

    conversation = asyncio.run(story())

    assert {(entry["sessionId"], entry["cwd"]) for entry in onlooker.seen} == {(conversation, str(tmp_path))}
    statuses = [entry["status"] for entry in onlooker.seen]
    assert (statuses[0], statuses[2], statuses[3], statuses[-1]) == ("idle", "waiting", "busy", "idle")
    assert [entry.get("waitingFor") for entry in onlooker.seen].count("permission") == statuses.count("waiting")
