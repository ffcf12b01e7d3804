"""Events and problems, one line each."""

import json

from controller.model.event import EventType
from controller.model.problem import Code, Mark, Problem, Severity
from controller.model.transaction import Event, LoggedEvent
from controller.views import problems
from controller.views.events import json_line, line

SWITCH = Event(
    at=1_000_000.0,
    type=EventType.MODEL_SWITCH,
    session="ann",
    data={"from_model": "small", "to_model": "large", "seconds": 1.23456, "context": "kept", "why": None},
)


def logged(event: Event, count: int = 1) -> LoggedEvent:
    return LoggedEvent(id=1, event=event, count=count, last=event.at + 60)


def test_event_is_one_line_for_people() -> None:
    """When, who, what and its words; what is not known is not said."""
    assert " ".join(line(logged(SWITCH)).split()) == (
        "1970-01-12T13:46:40Z ann model_switch from_model=small to_model=large seconds=1.23 context=kept"
    )


def test_repeated_event_says_how_often() -> None:
    """The same thing said again is one line."""
    assert line(logged(SWITCH, 3)).endswith("(x3, last 1970-01-12T13:47:40Z)")


def test_event_is_one_object_a_line_for_machines() -> None:
    """The keys of the contract stand beside those of the event's type (design 5)."""
    text = json_line(logged(SWITCH))
    found = json.loads(text)
    assert "\n" not in text
    assert found["at"] == "1970-01-12T13:46:40Z"
    assert (found["session"], found["type"], found["to_model"]) == ("ann", "model_switch", "large")


def test_event_cannot_move_the_cursor() -> None:
    """The last words of a program may be anything."""
    event = Event(at=1.0, type=EventType.START_FAILED, session=None, data={"why": "\x1b[2J\nnext line"})
    assert line(logged(event)).isprintable()
    assert json_line(logged(event)).isprintable()


def test_an_agents_own_time_is_shown_whatever_it_is() -> None:
    """A registry or a transcript may say that it is the end of all days."""
    assert line(logged(Event(at=1e300, type=EventType.PARKED, session="a", data={}))).startswith("9999-12-31T23:59:59Z")


def test_problem_is_a_line_that_editors_jump_to() -> None:
    """file:line:column, severity, sentence, code, and the hint under it."""
    warning = Problem(
        mark=Mark("a.yaml", 2, 5),
        code=Code.UNKNOWN_TIER,
        message="tier vip is in no table: * speaks",
        severity=Severity.WARNING,
        hint="did you mean wife?",
    )
    assert problems.as_text([warning]) == (
        "a.yaml:2:5: warning: tier vip is in no table: * speaks [unknown-tier]\n    did you mean wife?"
    )
    found = problems.as_json([warning])
    assert found["schema_version"] == 1
    assert found["errors"][0]["line"] == 2
