"""Random switches over real agents, with kills at random: ``SEED=7 make torture-agents AGENTS=claude,codex``."""

from pathlib import Path

import pytest

from .campaign import SEED, STEPS, Campaign
from .install import CACHE
from .model_server.server import ModelServer
from .rows import ROWS
from .scenario import Story
from .test_wire import CHOSEN
from .wire_world import WireWorld


@pytest.mark.e2e
@pytest.mark.tmux
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not STEPS, reason="a long campaign: make torture-agents")
@pytest.mark.parametrize("agent", CHOSEN)
def test_no_turn_is_lost_in_a_random_campaign(agent: str, short_path: Path) -> None:
    row = ROWS[agent]
    server = ModelServer(short_path / "wire.jsonl")
    world = WireWorld(short_path / "w", row, server)
    campaign = Campaign(world, Story(agent=agent, version=row.package.version))
    try:
        campaign.walk(STEPS)
    finally:
        print(f"torture {agent} seed {SEED}: {dict(campaign.did)}, {len(world.tags)} turns kept")
        world.leave_log(CACHE / "last" / f"{agent}.torture")
        world.close()
        server.close()
