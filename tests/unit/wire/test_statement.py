"""A keeper's statement, as keepers of other versions write it."""

from typing import Any

import pytest

from controller.wire.statement import Statement


def test_what_is_missing_is_unsaid_and_what_is_new_is_passed_over() -> None:
    assert Statement.from_json({"v": 1, "name": "a", "mood": "good"}) == Statement(name="a")


@pytest.mark.parametrize("value", [None, [], {}, {"v": "1"}, {"v": 1, "state": "asleep"}, {"v": 1, "offered": [1]}])
def test_what_is_no_statement_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"statement|asleep"):
        Statement.from_json(value)
