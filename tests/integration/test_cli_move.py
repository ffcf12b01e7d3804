"""Commands that look at the world and move it: plan, apply, status, wait, saved plans, requests to the live one."""

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.integration.cli_world import World
from tests.waiting import wait_for

SESSION_KEYS = {
    *(
        "name",
        "file",
        "agent",
        "tier",
        "origin",
        "runtime",
        "desired",
        "asked",
        "observed",
        "state",
        "reason",
        "message",
    ),
    *("since", "activity", "attached", "pid", "conversation", "pending"),
}
CHANGE_KEYS = {"session", "action", "strategy", "from_model", "to_model", "reason", "hold", "argv"}
ERROR_KEYS = {"file", "line", "column", "code", "message", "hint"}
TYPO = "tier: family\nmodle: mini\n"


def lives(pid: int) -> bool:
    """A zombie is gone; who reaps it is not ours to say."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.write("alice.yaml", "tier: family\nmodel: mini\n")
    yield made
    made.end_sessions()


@pytest.fixture
def running(world: World) -> World:
    """Alice runs."""
    world.muster("apply")
    return world


def test_plan_shows_and_touches_nothing(world: World) -> None:
    """A plan is a look: exit 0, no process, no state."""
    ran = world.muster("plan")

    assert "alice" in ran.out
    assert not world.state.exists()


def test_plan_says_by_its_exit_code_that_changes_wait(world: World) -> None:
    """2 means changes, 0 that all is so."""
    world.muster("plan", "--detailed-exitcode", exits=2)
    world.muster("apply")
    world.muster("plan", "--detailed-exitcode", exits=0)


def test_plan_json_has_the_keys_of_the_contract(world: World) -> None:
    """Other programs read these keys (design 5)."""
    world.write("bob.yaml", TYPO)
    plan = world.muster("plan", "--json", exits=3).json
    alice = next(change for change in plan["changes"] if change["session"] == "alice")

    assert {"schema_version", "plan_id", "digest", "changes", "errors"} <= plan.keys()
    assert plan["schema_version"] == 1
    assert alice.keys() >= CHANGE_KEYS
    assert (alice["strategy"], alice["to_model"], alice["from_model"]) == ("start", "mini", None)
    assert "mini" in alice["argv"]
    assert plan["errors"][0].keys() >= ERROR_KEYS
    assert (plan["errors"][0]["line"], plan["errors"][0]["code"]) == (2, "unknown-key")


def test_one_bad_file_hides_no_other(world: World) -> None:
    """Problems are printed, the rest is planned, and the code says that files are invalid."""
    world.write("bob.yaml", TYPO)
    ran = world.muster("plan", exits=3)

    assert "bob.yaml:2:1" in ran.out + ran.err
    assert "alice" in ran.out


def test_validate_prints_every_error_with_its_place(world: World) -> None:
    """Line, column and what was probably meant."""
    world.write("bob.yaml", TYPO)
    world.write("carol.yaml", "model: gpt-0\n")
    ran = world.muster("validate", exits=3)
    errors = world.muster("validate", "--json", exits=3).json["errors"]

    assert "bob.yaml:2:1" in ran.out
    assert "carol.yaml:1:8" in ran.out
    assert sorted(error["code"] for error in errors) == ["unknown-key", "unknown-model"]


def test_validate_of_good_files_ends_with_0(world: World) -> None:
    """And says how many it saw."""
    assert "1 session" in world.muster("validate").out


def test_apply_starts_what_is_declared(running: World) -> None:
    """One pass until nothing moves: Alice runs on her model."""
    alice = running.status("alice")

    assert alice.keys() >= SESSION_KEYS
    assert (alice["asked"]["model"], alice["desired"]["model"], alice["desired"]["layer"]) == (
        "mini",
        "mini",
        "session",
    )
    assert alice["pid"]


def test_status_is_a_table_for_people(running: World) -> None:
    """One line a session, with its model and state."""
    table = running.muster("status").out

    assert "alice" in table
    assert "mini" in table


def test_status_of_one_session(running: World) -> None:
    """NAME narrows; a name that is not there is an error with its neighbour."""
    assert len(running.muster("status", "alice", "--json").json["sessions"]) == 1
    assert "did you mean 'alice'" in running.muster("status", "alise", exits=1).err


def test_why_shows_layers_with_their_places(running: World) -> None:
    """Every layer, the winner's file and line."""
    assert "alice.yaml:2" in running.muster("why", "alice").out


def test_a_saved_plan_is_applied_once(world: World) -> None:
    """The same world: applied. A second time: stale."""
    world.muster("plan", "--out", "plan.json")
    world.muster("apply", "plan.json")
    world.muster("apply", "plan.json", exits=5)

    assert world.status("alice")["asked"]["model"] == "mini"


def test_a_saved_plan_of_another_world_is_stale(world: World) -> None:
    """What was shown is not what would be done now: nothing is done."""
    world.muster("plan", "--out", "plan.json")
    world.write("alice.yaml", "tier: family\nmodel: maxi\n")
    ran = world.muster("apply", "plan.json", exits=5)

    assert "stale" in ran.err or "no longer" in ran.err or "changed" in ran.err
    assert world.status("alice")["pid"] is None


def test_a_file_that_is_no_plan_is_refused(world: World) -> None:
    """Not a stale plan and no bug: an error with a hint."""
    (world.root / "x.json").write_text(json.dumps({"changes": 1}))

    assert "muster plan --out" in world.muster("apply", "x.json", exits=1).err


def test_apply_with_a_live_controller_asks_it(world: World) -> None:
    """The command leaves a request and tells the outcome; it takes no lock of its own."""
    with world.controller():
        world.muster("wait", "alice", "--for", "applied")
        world.write("alice.yaml", "tier: family\nmodel: maxi\n")
        world.muster("apply")

        assert world.status("alice")["asked"]["model"] == "maxi"


def test_a_second_controller_is_locked_out(world: World) -> None:
    """Two would fight over the sessions."""
    with world.controller():
        world.muster("run", exits=6)


def test_wait_ends_when_it_is_so(running: World) -> None:
    """Pipelines wait for facts, each with its end."""
    running.muster("wait", "alice", "--for", "applied")
    running.muster("wait", "alice", "--for", "idle")
    running.muster("wait", "alice", "--for", "stopped", "--timeout", "300ms", exits=1)


def test_a_line_that_is_sent_is_answered(running: World) -> None:
    """The agent reports its model with the answer: verified."""
    running.muster("wait", "alice", "--for", "idle")
    running.muster("send", "alice", "hello")
    running.muster("wait", "alice", "--for", "verified")

    assert running.status("alice")["observed"]["model"] == "mini"


def test_logs_show_what_it_printed(running: World) -> None:
    """A process without a terminal prints into a file."""
    running.muster("wait", "alice", "--for", "idle")

    assert "new session" in running.muster("logs", "alice").out


def test_restart_keeps_the_conversation(running: World) -> None:
    """Another process, the same conversation."""
    running.muster("wait", "alice", "--for", "idle")
    before = running.status("alice")
    running.muster("restart", "alice")
    after = running.status("alice")

    assert after["pid"] != before["pid"]
    assert after["conversation"] == before["conversation"]


def test_fresh_leaves_the_conversation(running: World) -> None:
    """A person says so, by name."""
    running.muster("wait", "alice", "--for", "idle")
    before = running.status("alice")
    running.muster("fresh", "alice")
    after = running.status("alice")

    assert after["pid"] != before["pid"]
    assert after["conversation"] != before["conversation"]


def test_an_override_is_above_everything_until_it_is_cleared(running: World) -> None:
    """It stands in the state, not in the files, and status says it."""
    running.muster("override", "powerful", "--for", "1h", "--reason", "a demo")
    said = running.muster("status", "--json").json["override"]
    plan = running.muster("plan", "--json").json["changes"][0]
    running.muster("override", "--clear")

    assert (said["model"], said["reason"]) == ("powerful", "a demo")
    assert plan["to_model"] == "maxi"
    assert running.muster("status", "--json").json["override"] is None


def test_events_are_one_object_a_line(running: World) -> None:
    """For machines; the start is among them."""
    lines = [json.loads(line) for line in running.muster("events", "--json").out.splitlines()]

    assert all({"at", "session", "type"} <= line.keys() for line in lines)
    assert "session_started" in {line["type"] for line in lines if line["session"] == "alice"}
    assert "alice" in running.muster("events", "alice").out


def test_stop_and_start_by_file(running: World) -> None:
    """The file says it, the controller follows."""
    running.muster("wait", "alice", "--for", "idle")
    running.muster("stop", "alice")
    running.muster("apply")
    assert running.status("alice")["state"] == "stopped"

    running.muster("start", "alice")
    running.muster("apply")
    assert running.status("alice")["pid"]


def test_stop_takes_a_session_whose_file_is_gone(running: World) -> None:
    """An emptied directory stops nothing; a person by name does."""
    running.muster("wait", "alice", "--for", "idle")
    pid = running.status("alice")["pid"]
    (running.sessions / "alice.yaml").unlink()
    running.muster("apply", exits=None)
    assert lives(pid)

    running.muster("stop", "alice")
    assert not lives(pid)


def test_prune_shows_first_and_removes_then(running: World) -> None:
    """What vanished sessions left in the state goes only when a person says so."""
    for name in ("bob", "carol"):  # an emptied directory would be doubted
        running.write(f"{name}.yaml", "state: stopped\n")
    running.muster("wait", "alice", "--for", "idle")
    running.muster("stop", "alice")
    running.muster("apply")
    (running.sessions / "alice.yaml").unlink()
    assert "alice" in running.muster("prune").out
    assert "alice" in running.muster("prune").out

    running.muster("prune", "--yes")
    assert "alice" not in running.muster("prune").out


def test_agents_tell_what_is_here(world: World) -> None:
    """Profiles, found programs, models."""
    listed = world.muster("agents", "--json").json
    demo = next(agent for agent in listed["agents"] if agent["name"] == "demo")

    assert listed["schema_version"] == 1
    assert demo["models"] == ["mini", "midi", "maxi"]
    assert demo["executable"]
    assert "process" in world.muster("agents", "demo").out


def test_init_writes_files_that_are_valid(world: World) -> None:
    """The first step of a newcomer: files, their schemas, and nothing invalid."""
    place = world.root / "fresh.d"
    world.muster("init", str(place), "--agent", "demo")
    schema = (place / "hello.yaml").read_text().partition("$schema=")[2].split()[0]

    assert (place / schema).is_file()
    world.muster("validate", "--sessions-dir", str(place))
    world.muster("init", str(place), exits=1)


def test_plan_of_a_git_revision(world: World) -> None:
    """The files of a revision against the running world, the checkout untouched."""
    import subprocess

    def git(*words: str) -> str:
        command = ["git", "-C", str(world.sessions), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "mini")
    first = git("rev-parse", "HEAD")
    world.write("alice.yaml", "tier: family\nmodel: maxi\n")
    git("commit", "-qam", "maxi")

    assert world.muster("plan", "--json").json["changes"][0]["to_model"] == "maxi"
    assert world.muster("plan", "--json", "--rev", first).json["changes"][0]["to_model"] == "mini"
    assert git("status", "--porcelain") == ""


def test_a_saved_plan_is_applied_by_the_live_controller(running: World) -> None:
    """It plans again and compares; a plan of another world is stale there as well."""
    with running.controller():
        running.write("bob.yaml", "tier: family\nhosts: nowhere\n")
        running.muster("plan", "--out", "plan.json")
        running.muster("apply", "plan.json")
        running.muster("apply", "plan.json", exits=5)


@pytest.mark.parametrize("verb", ["restart", "fresh"])
def test_the_live_controller_does_once_what_a_person_asks(running: World, verb: str) -> None:
    """The command ends when it is done."""
    running.muster("wait", "alice", "--for", "idle")
    before = running.status("alice")
    with running.controller():
        running.muster(verb, "alice")
        after = running.status("alice")

    assert after["pid"] != before["pid"]
    assert (after["conversation"] == before["conversation"]) is (verb == "restart")


def test_a_live_controller_stops_a_session_whose_file_is_gone(running: World) -> None:
    """An emptied directory stops nothing; a person does, by name, and the last good word counts no more."""
    running.muster("wait", "alice", "--for", "idle")
    pid = running.status("alice")["pid"]
    with running.controller():
        (running.sessions / "alice.yaml").unlink()

        running.muster("stop", "alice", exits=None)

        wait_for(lambda: not lives(pid))
