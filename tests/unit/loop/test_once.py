"""What a person asks for once is written into the record, and with it the past is forgiven."""

import pytest

from controller.errors import MusterError
from controller.loop.once import noted
from controller.model.control import RequestKind
from controller.model.event import EventType
from controller.model.record import OneShot, SessionRecord
from tests.property.worlds import NOW

FAILED = SessionRecord(
    name="ann",
    conversation="c1",
    failures=6,
    retry_at=NOW.moment(),
    last_error="exit 3",
    parked="crash loop",
    parked_for="key",
    mends="small",
)


@pytest.mark.parametrize(
    "kind,wanted",
    [
        (RequestKind.RESTART, OneShot.RESTART),
        (RequestKind.FRESH, OneShot.FRESH),
        (RequestKind.STOP, OneShot.STOP),
        (RequestKind.RETRY, None),
    ],
)
def test_a_wish_is_noted_and_failures_are_forgiven(kind: RequestKind, wanted: OneShot | None) -> None:
    """Whoever asks again has looked at what went wrong; the conversation stays as it is."""
    (record,) = noted(FAILED, kind, NOW).records

    assert record == SessionRecord(name="ann", conversation="c1", wanted=wanted)


def test_a_retry_is_told() -> None:
    """It unparks."""
    assert [event.type for event in noted(FAILED, RequestKind.RETRY, NOW).events] == [EventType.UNPARKED]


@pytest.mark.parametrize("kind", [RequestKind.APPLY, RequestKind.WAKE])
def test_what_is_not_about_one_session_is_refused(kind: RequestKind) -> None:
    """It would be lost in one record."""
    with pytest.raises(MusterError, match=f"cannot note {kind} for ann"):
        noted(FAILED, kind, NOW)
