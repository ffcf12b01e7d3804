"""The wire proof: real agents, a real controller, a real tmux, and a provider that logs what reaches it.

``make e2e AGENTS=claude,pi`` installs and runs; ``E2E_AGENTS`` names the rows. What is not installed fails.
"""

import os
from pathlib import Path

import pytest

from . import results
from .install import CACHE
from .model_server.server import ModelServer
from .rows import ROWS
from .scenario import STEPS, Scene, Story, play
from .wire_world import WireWorld

CHOSEN = [name for name in os.environ.get("E2E_AGENTS", "").split(",") if name] or list(ROWS)


@pytest.mark.e2e
@pytest.mark.tmux
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("agent", CHOSEN)
def test_the_next_request_carries_the_model_of_the_file_and_the_conversation(agent: str, short_path: Path) -> None:
    row = ROWS[agent]
    if not row.package.installed:
        pytest.fail(f"{agent} {row.package.version} is not installed: make e2e AGENTS={agent}")
    story = Story(agent=agent, version=row.package.version)
    server = ModelServer(short_path / "wire.jsonl")
    world = WireWorld(short_path / "w", row, server)
    try:
        play(Scene(world, story), STEPS)
    finally:
        results.note(story)
        world.leave_log(CACHE / "last" / agent)
        world.close()
        server.close()
    failed = [f"{told.step}: {told.why}" for told in story.steps if not told.passed]

    assert not failed, "\n".join([*failed, *world.log.read_text().splitlines()[-20:]])
