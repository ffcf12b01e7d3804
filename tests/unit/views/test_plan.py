"""The plan as people and machines read it."""

import json
from dataclasses import replace

from controller.model.observed import Activity
from controller.model.plan import Plan
from controller.model.problem import Code, Mark, Problem
from controller.plan.case import World
from controller.plan.order import plan
from controller.views.plan import as_json, as_text
from tests.property.worlds import NOW, declared, down, edited, in_sync, remembered, seen, world

TEXT = """\
~ alice  restart       middle -> large   tier admin says powerful = large
+ bots   start         nothing -> small  tier bots says fast = small
! dad    restart held  large -> small    busy for 12 s; waits for idle — session says small (sessions.d/dad.yaml:1:0)
? drift  left alone    small             the session itself went from small to large; `muster set-model drift large` adopts it
* mover  fresh         large             cwd changed; the conversation is left behind
- old    stop          large -> nothing  its file is gone

a.yaml:3:4: error: cannot use the key modle: it is unknown [unknown-key]
    did you mean model?

Plan: 1 to start, 1 to restart, 1 to start afresh, 1 to stop, 1 held; 2 left alone. (files at 0123456789ab)"""  # noqa: E501 - as it is printed

WRONG = Problem(
    mark=Mark("a.yaml", 3, 4),
    code=Code.UNKNOWN_KEY,
    message="cannot use the key modle: it is unknown",
    hint="did you mean model?",
)


def everything() -> World:
    dad = edited(in_sync(declared("dad", model="large")), model="small")
    drift = in_sync(declared("drift", model="small"))
    assert drift.observed.model is not None
    old = remembered(in_sync(declared("old")), absent_since=NOW.moment(after=-999))
    return world(
        in_sync(declared("fine", tier="family")),
        edited(in_sync(declared("alice", tier="family")), tier="admin"),
        seen(dad, activity=Activity.BUSY, idle_for=12.0),
        down(in_sync(declared("bots", tier="bots"))),
        seen(drift, model=replace(drift.observed.model, name="large")),
        edited(in_sync(declared("mover", resume="auto")), cwd="/srv", resume="auto"),
        replace(old, gone=True, desired=None),
    )


def full() -> Plan:
    return plan(everything(), (WRONG,), "0123456789abcdef")


def test_newcomer_reads_what_moves_and_why() -> None:
    """One line a change: sign, session, action, models, whose word and where; then problems and the sum."""
    assert as_text(full()) == TEXT


def test_nothing_to_do_is_said() -> None:
    """An empty plan is no empty output."""
    assert as_text(plan(world(in_sync(declared())))) == "Nothing to do: 1 session as they should be."


def test_colour_changes_no_words() -> None:
    """Without the colours the text is the same."""
    import re

    assert re.sub(r"\x1b\[\d+m", "", as_text(full(), colour=True)) == TEXT


def test_document_has_the_keys_of_the_contract() -> None:
    """Keys may be added, never lost (design 5)."""
    found = as_json(full())
    assert {"schema_version", "plan_id", "digest", "changes", "errors"} <= found.keys()
    changes = {change["session"]: change for change in found["changes"]}
    wanted = {"session", "action", "strategy", "from_model", "to_model", "reason", "hold", "argv"}
    assert all(wanted <= change.keys() for change in found["changes"])
    assert {"file", "line", "column", "code", "message", "hint"} <= found["errors"][0].keys()
    assert json.loads(json.dumps(found)) == found
    assert {name: (change["action"], change["strategy"]) for name, change in changes.items()} == {
        "alice": ("restart", "restart"),
        "bots": ("start", "start"),
        "dad": ("hold", "restart"),
        "drift": ("leave", "none"),
        "fine": ("leave", "none"),
        "mover": ("start-fresh", "fresh"),
        "old": ("stop", "stop"),
    }
    assert changes["dad"]["hold"] == {"guard": "busy", "sentence": "busy for 12 s; waits for idle"}
    assert changes["alice"]["argv"] == ["/bin/talker", "--model", "large", "--resume", "c1"]


def test_no_environment_is_shown() -> None:
    """Values may be secret (law 14)."""
    moving = edited(in_sync(declared(model="small")), model="large", env={"TOKEN": "secret-value"})
    found = plan(world(moving))
    assert found.changes[0].detail.startswith("env changed")
    assert "secret-value" not in as_text(found) + json.dumps(as_json(found))


def test_no_text_moves_the_cursor() -> None:
    """Titles, errors and names come from elsewhere; a terminal obeys none of them."""
    bad = replace(WRONG, message="\x1b[2Jgone\r\n\x9b31m\u202e", hint="\x07")
    case = remembered(down(in_sync(declared("a"))), last_error="\x1b]0;title\x07")
    text = as_text(plan(world(case), (bad,)))
    assert all(char.isprintable() or char == "\n" for char in text)
