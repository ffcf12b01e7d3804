"""Real agents call Muster's tools: their workers are on the cheaper model and stay there; too much is refused."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.waiting import wait_for

from .acp_rows import ACP_ROWS
from .acp_world import AcpWorld
from .install import CACHE
from .model_server.server import ModelServer
from .rows import ROWS
from .wire_world import NAME, PATIENCE, WireWorld

PROVEN: Final = (("claude", "tmux"), ("codex", "tmux"), ("claude", "acp"))
"""Agents that were seen to call the tools, and where; their profiles say how they are given them."""
CALLS: Final = {"codex": "call! mcp__muster."}
"""Agents whose requests do not show these tools before their model has searched for them: called by name they go."""
_ASKED: Final = [name for name in os.environ.get("E2E_AGENTS", "").split(",") if name] or list(ROWS)
CHOSEN: Final = [one for one in PROVEN if one[0] in _ASKED]

FLEET: Final = """\
defaults: {agent: AGENT, mcp: true}
agents: {AGENT: {default_runtime: RUNTIME}}
origins: {ai: fast}
rollout: {pause: 0s}
ai: {sessions: 2, depth: 1}
"""
WORKER: Final = "worker"
FIRST: Final = "Count the stones on the beach"


class Boss(WireWorld):
    """A session that is told by the provider to call a tool, and its worker."""

    def calls(self, by: str, tool: str, **words: Any) -> str:
        """Have a session call a tool; gives the result as the provider is told it.

        Agents connect to a server while one can already type: then there is no such tool yet, and it is told again.
        """
        call = f"[[{CALLS.get(self.row.agent, 'call mcp__muster__')}{tool} {json.dumps(words)}]]"

        def result() -> str | None:
            tag = self.tag("call")
            wait_for(
                lambda: self.muster("send", by, f"Remember {tag} {call}", exits=None).code == 0, PATIENCE, "a turn"
            )
            turn = wait_for(lambda: self._over(tag), PATIENCE, f"the end of {tag}") or []
            said = turn[-1]["results"][-1] if any(one["called"] for one in turn) else None
            return None if said and said.startswith("unsupported call") else said

        return wait_for(result, PATIENCE, f"{by} to call {tool}") or ""

    def _over(self, tag: str) -> list[dict[str, Any]] | None:
        """The requests of a turn, when it is over."""
        turn = self.server.turns(tag)
        return turn if turn and turn[-1]["whole"] and not turn[-1]["called"] else None

    def asked_on(self, text: str) -> set[str]:
        """The models of all requests of the conversation in which a prompt ends so."""
        ours = [one for one in self.server.requests() if not self.server.is_beside(one)]
        return {one["model"] for one in ours if any(said.rstrip().endswith(text) for said in one["users"])}


class HeadlessBoss(Boss, AcpWorld):
    """The same without a terminal; who would be asked for permission has said yes."""

    def declare(self, model: str, **more: Any) -> None:
        super().declare(model, permissions={"policy": "allow"}, **more)


@contextlib.contextmanager
def boss(root: Path, agent: str, runtime: str) -> Iterator[Boss]:
    """A boss on the dearer of the row's models, ready for a prompt."""
    headless = runtime == "acp"
    row = ACP_ROWS[agent] if headless else ROWS[agent]
    if not row.package.installed:
        pytest.fail(f"{agent} {row.package.version} is not installed: make e2e AGENTS={agent}")
    server = ModelServer(root / "wire.jsonl")
    world = (HeadlessBoss if headless else Boss)(root / "w", row, server)  # type: ignore[arg-type]
    try:
        world.write("_fleet.yaml", FLEET.replace("AGENT", agent).replace("RUNTIME", runtime))
        world.declare(list(row.models)[-1])
        world.start()
        world.ready(within=row.cold)
        yield world
    except AssertionError as failure:
        failure.add_note(world.screen())
        raise
    finally:
        world.leave_log(CACHE / "last" / f"{agent}-{runtime}-mcp")
        world.close()
        server.close()


@pytest.mark.e2e
@pytest.mark.tmux
@pytest.mark.timeout(400)
@pytest.mark.parametrize("agent,runtime", CHOSEN)
def test_a_real_agents_worker_is_on_the_cheaper_model_and_stays_there(
    agent: str, runtime: str, short_path: Path
) -> None:
    with boss(short_path, agent, runtime) as world:
        cheap, dear = (world.row.models[name] for name in world.row.models)
        made = world.calls(NAME, "start_session", name=WORKER, prompt=FIRST)
        assert WORKER in made, made
        wait_for(lambda: world.asked_on(FIRST), PATIENCE, "the worker's first request")
        assert world.asked_on(FIRST) == {cheap}
        seen = world.status(WORKER)
        assert (seen["origin"], seen["desired"]["layer"]) == ("ai", "origin")
        assert f"parent: {NAME}" in world.read(f"{WORKER}.yaml")
        assert world.asked_on("]]") == {dear}

        assert "ceiling" in world.calls(NAME, "start_session", name="x", prompt="x", model="powerful")
        assert "runs in" in world.calls(NAME, "start_session", name="x", prompt="x", cwd="/")

        before = world.pid(WORKER), world.pid(NAME)
        world.kill()
        for pid in before:
            os.kill(pid or 0, 9)
        world.start()
        for name, old in zip((WORKER, NAME), before, strict=True):
            wait_for(lambda name=name, old=old: world.pid(name) not in {None, old}, PATIENCE, f"{name} again")  # type: ignore[misc]
        assert WORKER in world.calls(NAME, "get_session", name=WORKER)
        if runtime == "tmux":  # without a terminal an AI's session asks a person before it calls
            assert "generations" in world.calls(WORKER, "start_session", name="x", prompt="x")
        assert world.asked_on(FIRST) == {cheap}
        assert sorted(path.stem for path in world.sessions.glob("[!_.]*.yaml")) == sorted([NAME, WORKER])
