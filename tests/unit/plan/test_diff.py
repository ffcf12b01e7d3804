"""What differs between what should be and what runs."""

from controller.model.observed import ObservedModel
from controller.plan.diff import report_since_asked
from tests.property.worlds import declared, in_sync, remembered, seen


def test_a_report_without_a_time_is_as_old_as_the_look_that_saw_it_come() -> None:
    """Who looks for the first time cannot know; the record does, of the same model."""
    case = seen(in_sync(declared(model="small")), model=ObservedModel(raw="large", name="large"))
    asked = case.record.asked_at
    known = remembered(case, observed_model="large", observed_at=asked + 1)

    assert report_since_asked(remembered(case, observed_model=None)) is None
    assert report_since_asked(remembered(case, observed_model="small", observed_at=asked + 1)) is None
    assert report_since_asked(remembered(case, observed_model="large", observed_at=asked - 1)) is None
    assert report_since_asked(known) == ObservedModel(raw="large", name="large", at=asked + 1)
