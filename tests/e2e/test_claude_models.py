"""Models that change inside a real Claude Code: by a person's hand, and by the provider's; and lines that are sent.

Run like the wire proof (``make e2e AGENTS=claude``); what is not installed fails.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from controller.model.event import EventType
from tests.waiting import wait_for

from .model_server.server import ModelServer
from .rows import ROWS
from .wire_world import NAME, PATIENCE, WireWorld

AGENT: Final = "claude"
HAIKU, SONNET = ROWS[AGENT].models
_QUESTION: Final = "Switch model?"
"""Asked where the provider holds a cache of the conversation for the old model."""

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.tmux,
    pytest.mark.timeout(300),
    pytest.mark.skipif(AGENT not in (os.environ.get("E2E_AGENTS") or AGENT).split(","), reason="not among E2E_AGENTS"),
]


@contextmanager
def session(root: Path, *args: str, **words: str) -> Iterator[WireWorld]:
    """A session on sonnet that has held a turn; ``words`` stand in its file."""
    row = replace(ROWS[AGENT], args=[*ROWS[AGENT].args, *args])
    if not row.package.installed:
        pytest.fail(f"{AGENT} {row.package.version} is not installed: make e2e AGENTS={AGENT}")
    server = ModelServer(root / "wire.jsonl")
    world = WireWorld(root / "w", row, server)
    try:
        world.declare(SONNET)
        text = world.read(f"{NAME}.yaml")
        world.write(f"{NAME}.yaml", text + "".join(f"{key}: {value}\n" for key, value in words.items()))
        world.start()
        world.ready(within=row.cold)
        world.turn(SONNET)
        world.told(EventType.MODEL_VERIFIED, NAME)
        yield world
    except AssertionError as failure:
        failure.add_note(world.screen())
        raise
    finally:
        world.close()
        server.close()


def keys(world: WireWorld, text: str) -> None:
    """A person types, and no Enter yet."""
    world.tmux("send-keys", "-t", f"={NAME}:", "-l", text)
    wait_for(lambda: text in world.screen(), PATIENCE, f"{text} on the screen")


def enter(world: WireWorld) -> None:
    """A person presses Enter."""
    world.tmux("send-keys", "-t", f"={NAME}:", "Enter")


def types_model(world: WireWorld, model: str) -> None:
    """A person types /model, and says yes where the agent asks."""
    keys(world, f"/model {model}")
    enter(world)
    wait_for(lambda: _QUESTION in world.screen() or "Set model to" in world.screen(), PATIENCE, "the agent's answer")
    if _QUESTION in world.screen():
        enter(world)
    world.changed()


def test_a_model_typed_by_a_person_is_told_and_left_alone(short_path: Path) -> None:
    """Told before any answer on it, with from and to; nothing is restarted, and the next turn is on their model."""
    with session(short_path) as world:
        pid = world.pid(NAME)
        types_model(world, HAIKU)

        [told] = world.told(EventType.DRIFTED, NAME)
        assert (told["asked"], told["observed"]) == (SONNET, HAIKU)
        assert f"from {SONNET} to {HAIKU}" in world.state_is("drifted")["message"]
        world.turn(HAIKU)
        world.passes(3)
        assert world.status(NAME)["state"] == "drifted"
        assert world.pid(NAME) == pid
        assert not world.events(EventType.MODEL_SWITCH, NAME)


def test_a_model_typed_by_a_person_is_set_back_once_where_the_file_says_revert(short_path: Path) -> None:
    """By a restart of the same conversation; then nothing more, though the agent keeps it as its own default."""
    with session(short_path, drift="revert") as world:
        pid, conversation = world.pid(NAME), world.told_conversation()
        types_model(world, HAIKU)

        [switch] = world.told(EventType.MODEL_SWITCH, NAME)
        assert (switch["from_model"], switch["to_model"], switch["context"]) == (HAIKU, SONNET, "kept")
        again = world.ready(unlike=pid)
        world.turn(SONNET)
        world.state_is("verified")
        world.passes(3)
        assert world.pid(NAME) == again
        assert world.told_conversation() == conversation
        assert len(world.events(EventType.MODEL_SWITCH, NAME)) == 1


def test_a_fallback_of_the_provider_is_shown_and_is_no_drift(short_path: Path) -> None:
    """Not even where the file says revert; when the model answers again, it is verified again."""
    with session(short_path, "--fallback-model", HAIKU, drift="revert") as world:
        pid, wire = world.pid(NAME), world.row.models[SONNET]
        world.server.refused = {wire: 529}
        tag = world.tag("falls")
        world.type(f"Remember {tag}")
        wait_for(lambda: world.server.turns(tag, world.row.models[HAIKU]), PATIENCE, "the fallback on the wire")

        [told] = world.told(EventType.FELL_BACK, NAME)
        assert (told["asked"], told["observed"]) == (SONNET, HAIKU)
        seen = world.state_is("unverified")
        assert (seen["reason"], seen["message"]) == ("fallback", f"the provider fell back to {HAIKU}")
        assert "the provider's fallback" in world.muster("why", NAME).out
        world.passes(3)
        world.server.refused = {}
        world.changed()
        world.turn(SONNET)
        world.told(EventType.MODEL_VERIFIED, NAME, count=2)
        assert world.pid(NAME) == pid
        assert not world.events(EventType.DRIFTED, NAME)


def test_a_line_is_sent_into_an_empty_input_line_only(short_path: Path) -> None:
    """Not added to a draft, not typed into a menu; and into an empty one it goes and is taken."""
    with session(short_path) as world:
        keys(world, "half a thou")
        assert "not sent" in world.muster("send", NAME, "mine", exits=4).err
        assert "half a thou" in world.screen()
        assert "mine" not in world.screen()

        world.tmux("send-keys", "-t", f"={NAME}:", "C-u")
        wait_for(lambda: "half a thou" not in world.screen(), PATIENCE, "the draft to be gone")
        tag = world.tag("sent")
        world.muster("send", NAME, f"Remember {tag}")
        world.answered(tag, SONNET)

        keys(world, "/model")
        enter(world)
        wait_for(lambda: "this session only" in world.screen(), PATIENCE, "the menu of models")
        world.muster("send", NAME, "mine", exits=4)
        assert "mine" not in world.screen()
