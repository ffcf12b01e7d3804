"""``muster send`` with real agents: into an empty input line only, and seen to be taken."""

from pathlib import Path
from typing import Final

import pytest

from tests.waiting import wait_for

from .model_server.server import ModelServer
from .rows import ROWS
from .test_wire import CHOSEN
from .wire_world import NAME, PATIENCE, WireWorld

DRAFT: Final = "half a thou"
_LONG: Final = "and more words than stand in one line of any input box that an agent draws, " * 3


@pytest.mark.e2e
@pytest.mark.tmux
@pytest.mark.timeout(400)
@pytest.mark.parametrize("agent", CHOSEN)
def test_a_line_is_sent_into_an_empty_input_line_only(agent: str, short_path: Path) -> None:
    """Also right after the start, while some agents take no Enter yet, and where it is wrapped."""
    row = ROWS[agent]
    if not row.package.installed:
        pytest.fail(f"{agent} {row.package.version} is not installed: make e2e AGENTS={agent}")
    server = ModelServer(short_path / "wire.jsonl")
    world = WireWorld(short_path / "w", row, server)
    model, other = list(row.models)[:2]
    try:
        world.declare(model)
        world.start()
        world.ready(within=row.cold)
        sent(world, model)
        sent(world, model, _LONG)
        switched_behind(world, model, other)
        world.ready(within=row.cold)
        world.tmux("send-keys", "-t", f"={NAME}:", "-l", DRAFT)
        wait_for(lambda: DRAFT in world.screen(), PATIENCE, "the draft on the screen")
        wait_for(lambda: world.muster("send", NAME, "mine", exits=None).code == 4, PATIENCE, "a refusal")
        assert DRAFT in world.screen()
        assert "mine" not in world.screen()
    except AssertionError as failure:
        failure.add_note(world.screen())
        raise
    finally:
        world.close()
        server.close()


def sent(world: WireWorld, model: str, more: str = "") -> None:
    """Send a prompt as soon as Muster lets us: it may say for a moment that the agent is busy, or cannot be seen."""
    tag = world.tag("sent")

    def taken() -> bool:
        said = world.muster("send", NAME, f"Remember {more}{tag}", exits=None)
        assert said.code in (0, 4), said.err
        return said.code == 0

    wait_for(taken, PATIENCE, "a moment to send")
    world.answered(tag, model)


def switched_behind(world: WireWorld, model: str, other: str) -> None:
    """A file that is edited as soon as the line was sent cuts no turn: it is answered first, then the model changes."""
    tag = world.tag("sent")
    assert world.muster("send", NAME, f"Remember {tag} [[delay 3]]", exits=None).code == 0
    world.declare(other)
    world.answered(tag, model)
    wait_for(lambda: (world.status(NAME)["asked"] or {}).get("model") == other, PATIENCE, f"{other} to be asked for")
