"""Small facts: which state this is, the override, the rollout, plans that were used."""

from pathlib import Path

import pytest

from controller.errors import StalePlan
from controller.model.clock import Moment
from controller.model.event import EventType
from controller.model.record import LocalOverride, RolloutState
from controller.record.errors import StateDamaged
from controller.record.events import EventLog
from controller.record.facts import Facts
from controller.record.store import Access
from tests.unit.record.builders import event, store_in

OVERRIDE = LocalOverride(model="fast", until=100.0, reason="quota")


def test_a_state_has_a_name_of_its_own_for_ever(tmp_path: Path) -> None:
    with store_in(tmp_path / "one") as store:
        first = Facts(store).state_id()
    with store_in(tmp_path / "one", Access.READ) as store:
        again = Facts(store).state_id()
    with store_in(tmp_path / "two") as store:
        other = Facts(store).state_id()

    assert len(first) == 16
    assert first == again != other


def test_where_there_is_no_state_it_has_no_name(tmp_path: Path) -> None:
    with store_in(tmp_path, Access.READ) as store:
        assert Facts(store).state_id() == ""


def test_an_override_is_set_and_cleared_with_its_event(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        facts = Facts(store)
        assert facts.override() is None
        facts.set_override(OVERRIDE, event(None, kind=EventType.OVERRIDE_SET))
        assert facts.override() == OVERRIDE

        facts.set_override(None, event(None, kind=EventType.OVERRIDE_CLEARED))

        assert facts.override() is None
        told = [logged.event.type for logged in EventLog(store).events()]
        assert told == [EventType.OVERRIDE_SET, EventType.OVERRIDE_CLEARED]


def test_an_override_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    """None would move the whole fleet back to what it was overridden for."""
    with store_in(tmp_path) as store:
        Facts(store).set_override(OVERRIDE, event())
        store.write(lambda db: db.execute("UPDATE facts SET value = '[]' WHERE key = 'override'"))

        with pytest.raises(StateDamaged, match="override"):
            Facts(store).override()


def test_a_rollout_stands_as_it_was_left(tmp_path: Path) -> None:
    state = RolloutState(last=Moment(boot_id="b", at=3), failures=2, halted=True, digest="d")
    with store_in(tmp_path) as store:
        assert Facts(store).rollout() == RolloutState()
        Facts(store).put_rollout(state).result(10)
    with store_in(tmp_path, Access.READ) as store:
        assert Facts(store).rollout() == state


def test_a_saved_plan_is_used_once_even_across_restarts(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        Facts(store).use_plan("p1", at=1)
    with store_in(tmp_path) as store:
        Facts(store).use_plan("p2", at=2)

        with pytest.raises(StalePlan, match="used before"):
            Facts(store).use_plan("p1", at=3)
