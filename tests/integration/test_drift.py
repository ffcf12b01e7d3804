"""Models that change inside a session, by a person's hand or by the provider's, and what is done about them.

Between two passes over everything lies an hour here, so that only what is glanced at in between is noticed.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from controller.model.event import EventType
from tests.integration.controller_world import FLEET, PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

FILE = "tier: family\nmodel: mini\n"
NEVER = "3600"
WORD = "my daughter is called Ada"
FALLS_BACK = f"{FLEET}agents: {{demo: {{transcript: {{fallback: [{{match: {{type: fallback}}, value: model}}]}}}}}}\n"


def verified(world: ControllerWorld, count: int = 1) -> None:
    world.talk("alice", WORD)
    world.told(EventType.MODEL_VERIFIED, "alice", count=count)


def types(world: ControllerWorld, line: str) -> None:
    """Say something that is no turn, as a person does."""
    with (world.run_dir / "alice.in").open("w") as typed:
        typed.write(f"{line}\n")


def test_an_answer_verifies_the_model_without_a_pass(short_path: Path) -> None:
    with live(short_path, files={"alice": FILE}, MUSTER_RESCAN=NEVER) as world:
        verified(world)

        assert [told["model"] for told in world.events(EventType.MODEL_VERIFIED)] == ["mini"]


def test_a_change_by_a_person_is_told_and_left_alone(short_path: Path) -> None:
    with live(short_path, files={"alice": FILE}, MUSTER_RESCAN=NEVER) as world:
        verified(world)
        pid = world.pid("alice")
        types(world, "/model maxi")

        [told] = world.told(EventType.DRIFTED, "alice")
        assert (told["asked"], told["observed"]) == ("mini", "maxi")
        wait_for(lambda: world.status("alice")["state"] == "drifted", PATIENCE, "the state drifted")
        assert "from mini to maxi" in world.status("alice")["message"]
        assert world.pid("alice") == pid


def test_a_change_by_a_person_is_set_back_where_the_file_says_so(short_path: Path) -> None:
    """By one restart with the conversation; and when they insist, it is parked and not fought over."""
    with live(short_path, files={"alice": f"{FILE}drift: revert\n"}, MUSTER_RESCAN=NEVER) as world:
        verified(world)
        first = world.pid("alice")
        types(world, "/model maxi")
        [switch] = world.told(EventType.MODEL_SWITCH, "alice")
        assert (switch["from_model"], switch["to_model"], switch["context"]) == ("maxi", "mini", "kept")
        world.up("alice", model="mini")
        again = world.pid("alice")
        assert again != first

        types(world, "/model maxi")
        world.held("alice", "parked")
        world.passes()
        assert world.pid("alice") == again
        assert len(world.events(EventType.MODEL_SWITCH, "alice")) == 1
        assert WORD in world.turns("alice")


def test_a_fallback_of_the_provider_is_told_and_never_set_back(short_path: Path) -> None:
    """The agent says in its transcript that the provider chose; when the model answers again, that is told too."""
    with live(short_path, FALLS_BACK, {"alice": f"{FILE}drift: revert\n"}, MUSTER_RESCAN=NEVER) as world:
        verified(world)
        pid, transcript = world.pid("alice"), world.transcript("alice")
        assert transcript is not None
        with transcript.open("a") as file:
            file.write(json.dumps({"type": "fallback", "model": "maxi-1", "timestamp": _now()}) + "\n")

        [told] = world.told(EventType.FELL_BACK, "alice")
        assert (told["asked"], told["observed"]) == ("mini", "maxi")
        world.passes()
        seen = world.status("alice")
        assert (seen["reason"], seen["message"]) == ("fallback", "the provider fell back to maxi")
        assert world.pid("alice") == pid

        verified(world, count=2)
        assert not world.events(EventType.DRIFTED, "alice")


def _now() -> str:
    return datetime.now(UTC).isoformat()
