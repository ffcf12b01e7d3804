"""Why a session is on its model and in its state."""

import json

from controller.model.observed import Activity, Stranger
from controller.plan.case import Case
from controller.plan.guards import decide, verdicts
from controller.plan.status import status_of
from controller.views.why import as_json, as_text
from tests.property.worlds import NOW, declared, down, edited, identity, in_sync, remembered, seen, world

BUSY = seen(edited(in_sync(declared(model="small", tier="vip")), model="large", tier="vip"), activity=Activity.BUSY)


def text(case: Case) -> str:
    change = decide(case, world(case))
    return as_text(case, status_of(case, change, NOW), NOW, verdicts=verdicts(change, case, world(case)))


def test_every_layer_stands_with_its_place_and_the_winner_is_marked() -> None:
    """One line a layer, highest first, and what a silent one would be."""
    lines = [" ".join(line.split()) for line in text(BUSY).splitlines()]
    at = lines.index("model")
    assert lines[at + 1 : at + 8] == [
        "override -",
        "> session large sessions.d/ann.yaml:1:0",
        "tier balanced = middle tier vip is in no table: * speaks",
        "origin -",
        "agent -",
        "fleet powerful = large built in",
        "profile middle built in",
    ]


def test_ceiling_and_trouble_are_said() -> None:
    """What was lowered and what is not offered has its sentence."""
    assert "lowered to middle: the ceiling of its origin" in text(in_sync(declared(tier="admin", origin="ai")))
    assert "talker does not offer unheard-of" in text(edited(in_sync(declared()), model="unheard-of"))


def test_every_guard_has_its_verdict() -> None:
    """What lets it pass is shown beside what holds it."""
    lines = [" ".join(line.split()) for line in text(BUSY).splitlines()]
    assert "! busy busy for 60 s; waits for idle" in lines
    assert "attached passes" in lines


def test_next_try_last_error_and_strangers_are_said() -> None:
    """The whole of what a person needs to act."""
    stranger = Stranger(identity=identity(99), agent="talker", owner="eve", conversation="c1")
    record = {"retry_at": NOW.moment(after=12), "failures": 2, "last_error": "exit 3"}
    found = text(seen(remembered(down(in_sync(declared())), **record), strangers=(stranger,)))
    assert "next try in 12 s (failures: 2)" in found
    assert "last error: exit 3" in found
    assert "process 99 of eve" in found


def test_document_says_the_same() -> None:
    """Layers, guards and the next try, for machines."""
    case = remembered(BUSY, retry_at=NOW.moment(after=12), failures=1)
    change = decide(case, world(case))
    found = as_json(case, status_of(case, change, NOW), NOW, verdicts=verdicts(change, case, world(case)))
    assert json.loads(json.dumps(found)) == found
    assert [layer["layer"] for layer in found["layers"] if layer["wins"]] == ["session"]
    assert {guard["guard"] for guard in found["guards"] if guard["sentence"]} == {"back-off", "busy"}
    assert found["retry_at"] == "1970-01-12T13:46:52Z"


def test_holding_guard_is_known_without_verdicts() -> None:
    """Who has only the plan still learns what holds."""
    found = as_text(BUSY, status_of(BUSY, decide(BUSY, world(BUSY)), NOW), NOW)
    assert "! busy" in found
