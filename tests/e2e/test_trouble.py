"""The unhappy cases with real agents: nothing is lost, nobody's process is signalled, and all is well afterwards."""

import os
from pathlib import Path

import pytest

from .install import CACHE
from .model_server.server import ModelServer
from .rows import ROWS
from .trouble import CASES, Trouble
from .wire_world import WireWorld

_WORDS = os.environ.get("E2E_TROUBLE", os.environ.get("E2E_AGENTS", ""))
CHOSEN = [name for name in _WORDS.split(",") if name] or list(ROWS)
"""The agents; ``E2E_TROUBLE`` may name fewer than the scenario's."""


@pytest.mark.e2e
@pytest.mark.tmux
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("agent", CHOSEN)
def test_trouble_ends_with_the_conversation_on_its_model(agent: str, case: str, short_path: Path) -> None:
    row = ROWS[agent]
    if not row.package.installed:
        pytest.fail(f"{agent} {row.package.version} is not installed: make e2e AGENTS={agent}")
    if why := row.differs.get(case):
        pytest.skip(f"{agent}: {why}")
    server = ModelServer(short_path / "wire.jsonl")
    world = WireWorld(short_path / "w", row, server)
    try:
        with world.shown():
            CASES[case](Trouble(world))
    finally:
        world.leave_log(CACHE / "last" / agent / case.replace(" ", "-"))
        world.close()
        server.close()
