"""What an agent says is noticed between the passes over everything, which never come here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.model.event import EventType
from tests.integration.controller_world import PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

FILES = {"alice": "tier: family\nmodel: mini\n"}
NEVER = "3600"


@pytest.fixture
def world(short_path: Path) -> Iterator[ControllerWorld]:
    """Between two passes lies an hour, so that only what is glanced at is noticed."""
    with live(short_path, files=FILES, MUSTER_RESCAN=NEVER) as made:
        yield made


def test_an_answer_verifies_the_model_without_a_pass(world: ControllerWorld) -> None:
    world.talk("alice", "hello")

    [told] = world.told(EventType.MODEL_VERIFIED, "alice")
    assert told["model"] == "mini"


def test_a_change_of_model_inside_the_session_is_told_without_a_pass(world: ControllerWorld) -> None:
    """Said by the session's own `/model`, as a person does; reported and left alone."""
    world.talk("alice", "hello")
    world.told(EventType.MODEL_VERIFIED, "alice")
    pid = world.pid("alice")
    with (world.run_dir / "alice.in").open("w") as line:
        line.write("/model maxi\n")

    [told] = world.told(EventType.DRIFTED, "alice")
    assert (told["asked"], told["observed"]) == ("mini", "maxi")
    wait_for(lambda: world.status("alice")["state"] == "drifted", PATIENCE, "the state drifted")
    assert world.pid("alice") == pid
