"""Each demand on the wire can fail: what a controller that is wrong would leave in the log."""

from typing import Any

import pytest

from tests.e2e.model_server.mind import answer_to
from tests.e2e.verdict import faults, strays

ONE, TWO, NEW = "secret-0a1b2c3d", "step-4e5f6a7b", "step-00c0ffee"


def request(**said: Any) -> dict[str, Any]:
    whole = {"users": [ONE, f"{TWO} and {NEW}"], "assistants": [f"{answer_to(ONE)}: {ONE}", answer_to(TWO)]}
    return {"id": 3, "model": "new", "headers": {}} | whole | said


@pytest.mark.parametrize(
    "said, fault",
    [
        ({}, None),
        ({"users": [f"reminder {ONE}", ONE, TWO, NEW]}, None),
        ({"model": "old"}, "the wire carries old, not new"),
        ({"users": [NEW]}, f"what the person said is lost: ['{ONE}', '{TWO}']"),
        ({"users": [TWO, NEW]}, f"what the person said is lost: ['{ONE}']"),
        ({"assistants": [answer_to(TWO)]}, f"what the agent said is lost: ['{answer_to(ONE)}']"),
        ({"users": [TWO, ONE, NEW]}, f"what the person said is in another order: ['{TWO}', '{ONE}']"),
    ],
)
def test_a_turn_carries_its_model_and_everything_before_it(said: dict[str, Any], fault: str | None) -> None:
    found = list(faults(request(**said), [ONE, TWO], "new"))

    assert not found if fault is None else [one.startswith(fault) for one in found] == [True]


def test_an_old_process_that_still_asks_is_seen() -> None:
    log = [request(id=1, model="old"), request(id=2), request(id=3, model="old")]

    assert list(strays(log, 1, "new")) == ["request 3 after the switch to new carries old"]
