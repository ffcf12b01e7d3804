"""All sessions at a glance."""

import json
from dataclasses import replace

from controller.model.observed import Activity, Observed, ObservedModel
from controller.model.record import LocalOverride, SessionRecord
from controller.model.status import SessionStatus
from controller.plan.case import Case
from controller.plan.guards import decide
from controller.plan.status import status_of
from controller.views.status import as_json, as_text
from tests.property.worlds import NOW, declared, edited, in_sync, seen, world

KEYS = {
    "name", "file", "agent", "tier", "origin", "runtime", "desired", "asked", "observed", "state", "reason", "message",
    "since", "activity", "attached", "pid", "conversation", "pending",
}  # fmt: skip
OVERRIDE = LocalOverride(model="small", until=NOW.wall + 60, reason="quota")


def status(case: Case) -> SessionStatus:
    return status_of(case, decide(case, world(case)), NOW)


FINE = in_sync(declared("ann", tier="family"))
MOVING = seen(edited(in_sync(declared("bob", model="small")), model="large"), attached=True)


def test_table_is_aligned_and_names_the_revision() -> None:
    """One line a session, one column a question."""
    assert as_text([status(FINE), status(MOVING)], revision="0123456789abcdef") == (
        "session  agent   tier    origin  desired          asked   observed  activity         state     why\n"
        "ann      talker  family  human   middle (tier)    middle  middle    idle             verified  "
        "reports middle\n"
        "bob      talker  -       human   large (session)  small   small     idle (attached)  held      "
        "somebody is attached; waits until they have left (update.attached: allow does not)\n"
        "files at 0123456789ab"
    )


def test_override_of_this_host_is_said_first() -> None:
    """A forgotten override must be seen."""
    first = as_text([status(FINE)], override=OVERRIDE).splitlines()[0]
    assert first == "OVERRIDE on this host: small until 1970-01-12T13:47:40Z: quota"


def test_document_has_the_keys_of_the_contract() -> None:
    """Keys may be added, never lost (design 5)."""
    found = as_json([status(MOVING)], revision="abc", override=OVERRIDE)
    session = found["sessions"][0]
    assert json.loads(json.dumps(found)) == found
    assert found.keys() == {"schema_version", "revision", "override", "sessions"}
    assert session.keys() >= KEYS
    assert session["desired"] == {"model": "large", "layer": "session", "source": "sessions.d/bob.yaml:1:0"}
    assert session["asked"] == {"model": "small"}
    assert session["observed"] == {"model": "small", "at": "1970-01-12T13:46:30Z"}
    assert session["pending"] == {"model": "large", "strategy": "restart"}


def test_what_is_not_known_is_null() -> None:
    """A session of which nothing is known still has every key."""
    case = Case(name="x", declared=None, desired=None, observed=Observed(name="x"), record=SessionRecord(name="x"))
    session = as_json([status(case)])["sessions"][0]
    empty = {"file", "agent", "tier", "origin", "runtime", "since", "pid", "conversation", "pending"}
    assert session.keys() >= KEYS
    assert all(session[key] is None for key in empty)


def test_no_source_of_activity_counts_as_idle() -> None:
    """The contract has five words for activity."""
    assert as_json([status(seen(FINE, activity=Activity.NONE))])["sessions"][0]["activity"] == "idle"


def test_wide_names_stay_aligned() -> None:
    """A name that takes two cells a letter moves no column."""
    wide = replace(status(FINE), tier="家族")
    head, line, other = as_text([wide, status(MOVING)]).splitlines()
    assert line.index("human") == head.index("origin") - 2
    assert other.index("human") == head.index("origin")


def test_reported_model_cannot_move_the_cursor() -> None:
    """A transcript is another program's text."""
    case = seen(FINE, model=ObservedModel(raw="x", name="\x1b[31mred", at=NOW.wall))
    assert "\x1b" not in as_text([status(case)])
