"""The wire proof without a terminal: real agents behind keepers, a real controller, and a provider that logs all."""

import os
from pathlib import Path

import pytest

from . import results
from .acp_rows import ACP_ROWS
from .acp_scenario import STEPS, AcpScene, AcpStory
from .acp_world import AcpWorld
from .install import CACHE
from .model_server.server import ModelServer
from .scenario import play
from .test_wire import CHOSEN

FEWER = [name for name in os.environ.get("E2E_ACP", "").split(",") if name] or CHOSEN


@pytest.mark.e2e
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("agent", [name for name in CHOSEN if name in ACP_ROWS and name in FEWER])
def test_a_headless_session_is_switched_and_keeps_its_conversation(agent: str, short_path: Path) -> None:
    row = ACP_ROWS[agent]
    if missing := [package.name for package in row.packages if not package.installed]:
        pytest.fail(f"{', '.join(missing)} is not installed: make e2e AGENTS={agent}")
    adapter = "".join(f"{one.name.rpartition('/')[2]} {one.version}" for one in row.packages if one != row.package)
    story = AcpStory(agent=agent, version=row.package.version, adapter=adapter, left_out=row.differs)
    server = ModelServer(short_path / "wire.jsonl")
    world = AcpWorld(short_path / "w", row, server)
    try:
        play(AcpScene(world, story), [step for step in STEPS if step[0] not in row.differs])
    finally:
        results.note(story)
        world.leave_log(CACHE / "last" / f"{agent}.acp")
        world.close()
        server.close()
    failed = [f"{told.step}: {told.why}" for told in story.steps if not told.passed]

    assert not failed, "\n".join([*failed, *world.log.read_text().splitlines()[-20:]])
