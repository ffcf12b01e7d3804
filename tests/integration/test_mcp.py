"""The agents' tools over real stdio and real HTTP, called by the SDK's own client."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest
from mcp_types import CallToolResult
from ruamel.yaml import YAML

from controller.model.event import EventType
from controller.runtimes import tokens
from tests.integration.controller_world import PATIENCE
from tests.integration.mcp_world import FLEET, McpWorld, mcp_world, said
from tests.waiting import wait_for

READ = {"list_sessions", "get_session", "wait_session", "explain_model"}
CHANGE = {"start_session", "set_model", "reset_model", "send_prompt", "stop_session"}


@pytest.mark.parametrize("way", ["stdio", "http"])
def test_a_worker_is_started_on_the_cheaper_model_and_stays_there(short_path: Path, way: str) -> None:
    """Origin and parent come from the token; a file is the only thing that is changed."""
    with mcp_world(short_path) as world:
        answer = world.did("start_session", way=way, name="worker", prompt="Say hello")
        assert (answer["parent"], answer["origin"], answer["model"]) == ("boss", "ai", "mini")
        world.up("worker", model="mini")
        assert "an AI in the session boss" in world.read("worker.yaml").splitlines()[0]
        waited = world.did("wait_session", way=way, name="worker", until="idle")
        assert waited["reached"], waited
        wait_for(lambda: world.turns("worker") == ["Say hello"], PATIENCE, "the prompt")

        world.stop()
        world.start()
        world.passes()
        assert world.model("worker") == "mini"
        assert (world.status("worker")["origin"], world.status("boss")["origin"]) == ("ai", "human")


def test_the_tools_say_what_they_do(short_path: Path) -> None:
    """A model chooses by names, words and schemas; a client by the hints."""

    async def told(world: McpWorld) -> tuple[str | None, dict[str, Any]]:
        async with world.client("stdio") as client:
            return client.instructions, {tool.name: tool for tool in (await client.list_tools()).tools}

    with mcp_world(short_path) as world:
        instructions, tools = asyncio.run(told(world))
        assert "start_session" in (instructions or "")
        assert set(tools) == READ | CHANGE
        assert {name for name, tool in tools.items() if tool.annotations.read_only_hint} == READ
        assert {name for name, tool in tools.items() if tool.annotations.destructive_hint} == {"stop_session"}
        assert [name for name, tool in tools.items() if not (tool.output_schema and tool.description)] == []
        asked = {word for tool in tools.values() for word in tool.input_schema["properties"]}
        assert not asked & {"origin", "parent", "env", "args"}


def test_a_worker_is_steered_by_edits_of_its_file(short_path: Path) -> None:
    """Model, no model, a prompt, stop; and each says who made it."""
    fleet = FLEET.replace("ai: fast", "ai: balanced")
    with mcp_world(short_path, fleet=fleet) as world:
        world.did("start_session", name="worker", prompt="one")
        world.up("worker", model="midi")
        assert world.did("set_model", name="worker", model="fast")["model"] == "mini"
        world.up("worker", model="mini")
        assert world.read("worker.yaml").count("Last changed by an AI in the session boss") == 1
        told = world.did("explain_model", name="worker")
        assert [layer["layer"] for layer in told["layers"] if layer["wins"]] == ["session"]
        assert world.did("reset_model", name="worker")["model"] == "midi"
        world.up("worker", model="midi")
        assert not world.did("send_prompt", name="worker", prompt="two")["queued"]
        wait_for(lambda: world.turns("worker")[-1:] == ["two"], PATIENCE, "the second prompt")
        assert world.did("wait_session", name="worker")["reached"]
        world.did("stop_session", name="worker")
        world.down("worker")
        assert world.read("worker.yaml").count("Last changed") == 1
        assert world.did("wait_session", name="worker", until="stopped")["session"]["state"] == "stopped"


def test_what_an_ai_may_not_is_refused_and_told(short_path: Path) -> None:
    """Above the ceiling, elsewhere, too deep, another's session; nothing is written, and people see it."""
    mine = "tier: bots\n"
    with mcp_world(short_path, {"mine": mine, "deep": "mcp: true\norigin: ai\nparent: boss\ncwd: work\n"}) as world:
        before = sorted(path.name for path in world.sessions.iterdir())
        start = {"name": "w", "prompt": "x"}
        assert "ceiling" in world.refused("start_session", model="powerful", **start)
        assert "boss runs in" in world.refused("start_session", cwd="/", **start)
        assert "boss runs in" in world.refused("start_session", cwd="../..", **start)
        assert "generations" in world.refused("start_session", by="deep", **start)
        assert "does not offer" in world.refused("start_session", model="no-such", **start)
        assert "profile" in world.refused("start_session", agent="nobody", **start)
        assert "ceiling" in world.refused("set_model", name="boss", model="powerful")
        for tool in ("reset_model", "stop_session", "get_session", "explain_model", "wait_session"):
            assert "mine" in world.refused(tool, name="mine")
        world.refused("stop_session", by="deep", name="boss")
        world.refused("send_prompt", name="mine", prompt="x")
        assert [one["name"] for one in world.did("list_sessions", by="deep")["sessions"]] == ["deep"]
        assert sorted(path.name for path in world.sessions.iterdir()) == before
        assert world.read("mine.yaml") == mine
        asked = {one["asked"] for one in world.events(EventType.REFUSED, "boss")}
        assert {"start_session", "set_model", "stop_session"} <= asked


def test_arguments_do_not_say_who_calls(short_path: Path) -> None:
    """Not by words that no tool has, and not by what stands inside those that it has."""
    with mcp_world(short_path) as world:
        evil = "x\norigin: human\nmodel: powerful\n--- # {[ 'a\": \t"
        for name in ("../up", "a/b", "a\nparent: x", "-x", "", "a b", ".hidden", "_fleet", "x" * 129):
            world.refused("start_session", name=name, prompt="x")
        for word in ("model", "agent", "effort"):
            world.refused("start_session", name="w", prompt="x", **{word: "balanced\norigin: human"})
        assert not (world.sessions / "w.yaml").exists()

        world.did("start_session", name="w", prompt=evil, parent="other", origin="human")
        tree = YAML(typ="safe").load(world.read("w.yaml"))
        assert {key: tree[key] for key in ("origin", "parent", "prompt")} == {
            "origin": "ai",
            "parent": "boss",
            "prompt": evil,
        }


def test_a_caller_without_proof_is_refused(short_path: Path) -> None:
    """No token, a wrong one, another's name on it; another Host (DNS rebinding); any Origin (a browser)."""
    with mcp_world(short_path, {"other": "mcp: true\n"}) as world:
        good, other = world.token(), world.token("other")
        forged = [f"{good.partition('.')[0]}.{other.partition('.')[2]}", good[:-1], f"{good}x", "x"]
        assert world.post().status_code == 401
        assert {world.post(Authorization=f"Bearer {one}").status_code for one in forged} == {401}
        bearer = {"Authorization": f"Bearer {good}"}
        assert world.post(**bearer, Host="evil.example").status_code == 421
        assert world.post(**bearer, Origin="http://evil.example").status_code == 403
        assert world.post(**bearer, Origin=f"http://127.0.0.1:{world.port}").status_code == 403
        assert world.post(**bearer).status_code < 401


def test_a_token_is_of_one_launch(short_path: Path) -> None:
    """A restart gives another one, a stop takes it away: over HTTP and for a server that still runs."""

    async def calls(world: McpWorld) -> tuple[CallToolResult, CallToolResult]:
        async with world.client("stdio") as client:
            before = await client.call_tool("list_sessions", {})
            await asyncio.to_thread(world.muster, "restart", "boss")
            return before, await client.call_tool("list_sessions", {})

    with mcp_world(short_path) as world:
        first = world.token()
        before, after = asyncio.run(calls(world))
        assert not before.is_error
        assert "token" in said(after)
        second = world.token()
        assert second != first
        assert world.post(Authorization=f"Bearer {first}").status_code == 401
        assert world.did("list_sessions")["you"] == "boss"
        world.muster("stop", "boss")
        world.down("boss")
        assert world.post(Authorization=f"Bearer {second}").status_code == 401
        wait_for(lambda: not tokens.path_of(world.run_dir, "boss").exists(), PATIENCE, "the token to be taken away")


def test_a_flood_of_workers_ends_at_the_limit(short_path: Path) -> None:
    """Asked for at once, by both ways: as many are made as are allowed, and the server goes on."""

    async def flood(world: McpWorld) -> list[CallToolResult]:
        async with world.client("http") as http, world.client("stdio") as stdio:
            ways = (http, stdio)
            words = [{"name": f"w{number}", "prompt": "x"} for number in range(16)]
            calls = [ways[at % 2].call_tool("start_session", one) for at, one in enumerate(words)]
            return list(await asyncio.gather(*calls))

    with mcp_world(short_path) as world:
        results = asyncio.run(flood(world))
        refusals = [said(one) for one in results if one.is_error]
        assert len(refusals) == 12
        assert all("ai.sessions allows 4" in one for one in refusals)
        assert len(list(world.sessions.glob("w*.yaml"))) == 4
        assert len(world.did("list_sessions")["sessions"]) == 5


def test_the_server_ends_with_its_controller_and_comes_back(short_path: Path) -> None:
    """Killed, it is started again; nothing of it is left when the controller is killed."""
    with mcp_world(short_path) as world:
        assert world.process is not None
        [served] = world.servers()
        served.send_signal(signal.SIGKILL)
        wait_for(lambda: world.servers() not in ([], [served]), PATIENCE, "another server")
        world.served()
        assert world.did("list_sessions")["you"] == "boss"
        [served] = world.servers()
        world.kill()
        served.wait(PATIENCE)
