"""`muster adopt`: agents that people started by hand are taken in as they are, and moved only where that is safe."""

import os
import re
from pathlib import Path

import psutil
import pytest

from tests.integration.people import PATIENCE, PeoplesWorld, people
from tests.waiting import wait_for

pytestmark = [pytest.mark.tmux, pytest.mark.timeout(300)]


def started(pid: int) -> float:
    """Which process it is; a pid alone may come again."""
    return psutil.Process(pid).create_time()


def adopted(world: PeoplesWorld) -> None:
    """Take in everything, and have a controller look at it."""
    world.muster("adopt", "--all", "--write")
    world.start()
    world.passes()


def say(world: PeoplesWorld, window: str, conversation: str, text: str) -> None:
    """Hold one turn in a window of the person's tmux."""
    before = len(world.said(conversation, "assistant"))
    world.keys(window, text)
    wait_for(lambda: len(world.said(conversation, "assistant")) > before, PATIENCE, f"an answer to {text!r}")


def test_agents_started_in_four_ways_are_listed_written_down_and_not_touched(short_path: Path) -> None:
    with people(short_path) as world:
        pids = {
            world.in_terminal("door", "--model", "mini"): ("terminal", "mini", "door-demo"),
            world.in_background("cellar", "--model", "midi"): ("none", "midi", "cellar-demo"),
            world.in_pane("desk", "--model", "maxi"): ("tmux", "maxi", "desk-demo"),
            world.in_shell("lab", "--model", "mini"): ("tmux", "mini", "lab-demo"),
        }
        before = {pid: started(pid) for pid in pids}
        listed = world.adoptable()
        assert {pid: (one["terminal"], one["model"]) for pid, one in listed.items()} == {
            pid: said[:2] for pid, said in pids.items()
        }
        assert all(one["activity"] == "idle" and one["conversation"] for one in listed.values())

        world.muster("adopt", "--all", "--write")
        assert {path.stem for path in world.sessions.glob("[!_]*.yaml")} == {said[2] for said in pids.values()}
        world.muster("validate")
        assert world.adoptable() == {}
        plan = world.muster("plan", "--json").json
        assert [(one["action"], one["reason"]) for one in plan["changes"]] == [("leave", "unverified")] * 4

        world.start()
        world.passes()
        listing = {one["name"]: one for one in world.muster("status", "--json").json["sessions"]}
        assert {one["pid"] for one in listing.values()} == set(pids)
        assert {name: one["asked"]["model"] for name, one in listing.items()} == {
            name: model for _, model, name in pids.values()
        }
        assert world.adoptable() == {}
        assert {pid: started(pid) for pid in pids} == before
        assert world.heard() == []


def test_one_that_was_never_prompted_is_taken_in_at_once(short_path: Path) -> None:
    """Its conversation is on no disk yet, and lost all the same it is not."""
    with people(short_path) as world:
        world.start()
        pid = world.in_background("cellar", "--model", "midi")
        assert world.adoptable()
        world.muster("adopt", "--all", "--write")
        wait_for(lambda: (taken := world.record("cellar-demo").process) and taken.pid == pid, what="it to be taken in")


def test_agent_in_a_pane_of_its_own_is_switched_there_and_the_pane_is_as_before(short_path: Path) -> None:
    with people(short_path) as world:
        old = world.in_pane("desk", "--model", "mini")
        conversation = str(world.adoptable()[old]["conversation"])
        say(world, "desk", conversation, "my cat is called Tom")
        adopted(world)
        pane = world.of_pane("desk", "#{pane_id}")
        world.muster("set-model", "desk-demo", "maxi")
        world.up("desk-demo", model="maxi")

        new = world.pid("desk-demo")
        assert new != old
        assert world.of_pane("desk", "#{pane_id} #{pane_pid} #{pane_dead}") == f"{pane} {new} 0"
        assert psutil.Process(new).environ()["TMUX_PANE"] == pane
        say(world, "desk", conversation, "What did I tell you?")
        assert "Tom" in world.said(conversation, "assistant")[-1]
        assert {line.split()[0] for line in world.heard()} == {str(old)}
        # Left to itself: with nobody's option on it, it closes with its process, as it did before.
        wait_for(
            lambda: not world.tmux("show-options", "-p", "-t", pane).stdout, PATIENCE, "the pane's options as they were"
        )
        events = world.events(session="desk-demo")
        assert [one["context"] for one in events if one["type"] == "model_switch"] == ["kept"]


def test_agent_under_a_shell_is_switched_by_a_command_typed_into_that_shell(short_path: Path) -> None:
    with people(short_path) as world:
        old = world.in_shell("lab", "--model", "mini")
        shell = int(world.of_pane("lab", "#{pane_pid}"))
        conversation = str(world.adoptable()[old]["conversation"])
        say(world, "lab", conversation, "my dog is called Rex")
        adopted(world)
        world.muster("set-model", "lab-demo", "maxi")
        world.up("lab-demo", model="maxi")

        new = world.pid("lab-demo")
        assert new != old
        assert psutil.Process(new).ppid() == shell
        assert int(world.of_pane("lab", "#{pane_pid}")) == shell
        say(world, "lab", conversation, "What did I tell you?")
        assert "Rex" in world.said(conversation, "assistant")[-1]


def test_plan_says_how_each_would_be_switched_before_anything_is_touched(short_path: Path) -> None:
    with people(short_path) as world:
        mini = ("--model", "mini")
        ways = {"door": world.in_terminal, "desk": world.in_pane, "lab": world.in_shell, "cellar": world.in_background}
        pids = [start(name, *mini) for name, start in ways.items()]
        before = {pid: started(pid) for pid in pids}
        for pid in pids:
            world.muster("adopt", str(pid), "--write")
        names = ["door-demo", "desk-demo", "lab-demo", "cellar-demo"]
        for name in names:
            said = world.read(f"{name}.yaml")
            world.write(f"{name}.yaml", re.sub("model: .*\n|suspend: .*\n", "", said) + "model: maxi\n")
        changes = {one["session"]: one for one in world.muster("plan", "--json").json["changes"]}

        assert "in pane %0 of its own tmux" in changes["desk-demo"]["detail"]
        assert "by its shell" in changes["lab-demo"]["detail"]
        for name in ("door-demo", "cellar-demo"):
            hold = changes[name]["hold"]
            assert hold["guard"] == "adopted"
            assert f"quit it by hand, then `muster attach {name}`" in hold["sentence"]
        assert "in a terminal of its own (/dev/pts/" in changes["door-demo"]["hold"]["sentence"]
        assert {pid: started(pid) for pid in pids} == before
        assert world.heard() == []


@pytest.mark.parametrize("way", ["terminal", "background"])
def test_agent_that_cannot_be_replaced_is_held_until_its_person_quits_it(short_path: Path, way: str) -> None:
    with people(short_path) as world:
        pid = (
            world.in_terminal("door", "--model", "mini")
            if way == "terminal"
            else world.in_background("door", "--model", "mini")
        )
        conversation = str(world.adoptable()[pid]["conversation"])
        adopted(world)
        world.muster("set-model", "door-demo", "maxi")
        world.held("door-demo", "adopted")
        world.passes()
        world.muster("restart", "door-demo", exits=4)
        assert "quit it by hand" in world.muster("why", "door-demo").out
        assert world.status("door-demo")["state"] == "held"
        assert world.heard() == []

        if way == "terminal":
            os.write(world.terminals[0], b"remember the blue door\n")
        else:
            stdin = world.agents[0].stdin
            assert stdin is not None
            stdin.write(b"remember the blue door\n")
            stdin.flush()
        wait_for(lambda: world.said(conversation, "assistant"), PATIENCE, "an answer")
        if way == "terminal":
            os.write(world.terminals[0], b"/quit\n")
        else:
            world.agents[0].communicate(b"/quit\n", PATIENCE)
        world.agents[0].wait(PATIENCE)
        world.up("door-demo", model="maxi")
        assert world.conversation("door-demo") == conversation
        assert world.record("door-demo").failures == 0
        assert world.heard() == []


def test_busy_agent_in_a_pane_is_held_like_any_other(short_path: Path) -> None:
    with people(short_path) as world:
        pid = world.in_pane("desk", "--model", "mini")
        adopted(world)
        before = started(pid)
        world.keys("desk", "take 600 seconds")
        entry = world.agent / "sessions" / f"{pid}.json"
        wait_for(lambda: '"busy"' in entry.read_text(), PATIENCE, "a busy agent")
        world.muster("set-model", "desk-demo", "maxi")
        world.held("desk-demo", "busy")
        world.passes()
        assert started(pid) == before
        assert world.heard() == []


def test_controller_killed_in_mid_switch_finishes_in_the_same_pane(short_path: Path) -> None:
    with people(short_path) as world:
        old = world.in_pane("desk", "--model", "mini")
        conversation = str(world.adoptable()[old]["conversation"])
        say(world, "desk", conversation, "hello")
        adopted(world)
        pane = world.of_pane("desk", "#{pane_id}")
        world.muster("set-model", "desk-demo", "maxi")
        wait_for(lambda: str(old) in " ".join(world.heard()), PATIENCE, "the first signal")
        world.kill()
        world.start()
        world.up("desk-demo", model="maxi")

        assert world.of_pane("desk", "#{pane_id} #{pane_pid}") == f"{pane} {world.pid('desk-demo')}"
        assert world.conversation("desk-demo") == conversation


def test_session_whose_pane_was_closed_goes_on_in_our_own_tmux(short_path: Path) -> None:
    with people(short_path) as world:
        old = world.in_pane("desk", "--model", "mini")
        conversation = str(world.adoptable()[old]["conversation"])
        say(world, "desk", conversation, "hello")
        adopted(world)
        world.tmux("kill-window", "-t", "mine:desk")
        world.up("desk-demo", model="mini")

        assert world.run_file("desk-demo").runtime == "tmux"  # type: ignore[union-attr]
        assert world.conversation("desk-demo") == conversation


def test_managed_directory_is_not_written_and_the_patch_is_printed(short_path: Path) -> None:
    with people(short_path) as world:
        pid = world.in_background("cellar", "--model", "midi")
        ran = world.muster("adopt", str(pid), "--write", exits=4, MUSTER_MANAGED=f'["{world.sessions}"]')

        assert "+agent: demo\n" in ran.out
        assert not (world.sessions / "cellar-demo.yaml").exists()
        assert pid in world.adoptable()


def test_file_is_never_overwritten_and_names_are_told_apart(short_path: Path) -> None:
    with people(short_path) as world:
        world.write("Desk-demo.yaml", "state: stopped\nmodel: mini\n")
        pids = [world.in_background("desk", "--model", "mini"), world.in_background("desk", "--model", "midi")]
        world.muster("adopt", "--all", "--write")

        assert world.read("Desk-demo.yaml") == "state: stopped\nmodel: mini\n"
        assert {path.name for path in world.sessions.glob("desk*")} == {"desk-demo-2.yaml", "desk-demo-3.yaml"}
        assert f"process {pids[0]}" in world.read("desk-demo-2.yaml")


def test_agent_that_does_not_show_its_conversation_is_said_so_and_left_out(short_path: Path) -> None:
    with people(short_path) as world:
        pid = world.in_background("cellar", "--model", "midi")
        (world.agent / "sessions" / f"{pid}.json").unlink()
        listed = world.adoptable()[pid]
        assert listed["conversation"] is None
        assert "cannot be seen" in str(listed["trouble"])
        ran = world.muster("adopt", str(pid), "--write", exits=1)
        assert "which conversation it works on cannot be seen" in ran.err

        other = world.in_background("garden", "--model", "mini")
        ran = world.muster("adopt", "--all", "--write", exits=7)
        assert f"process {other}" in world.read("garden-demo.yaml")
        assert list(world.sessions.glob("cellar*")) == []


def test_agent_of_another_home_is_not_ours_to_take_in(short_path: Path) -> None:
    with people(short_path) as world:
        home, world.env["HOME"] = world.env["HOME"], str(world.work("elsewhere"))
        pid = world.in_background("cellar", "--model", "midi")
        world.env["HOME"] = home

        assert world.adoptable() == {}
        assert f"cannot adopt {pid}" in world.muster("adopt", str(pid), "--write", exits=1).err


def test_what_was_said_on_a_command_line_is_not_written_down(short_path: Path) -> None:
    """A prompt was said already, and may hold anything; flags that hold secrets are told apart in the unit tests."""
    with people(short_path) as world:
        pid = world.in_background("cellar", "--model", "midi", "my key is sk-0123456789012345678901234")
        world.muster("adopt", str(pid), "--write")

        assert "0123456789" not in world.read("cellar-demo.yaml")


def test_two_files_that_name_one_conversation_are_both_wrong(short_path: Path) -> None:
    with people(short_path) as world:
        pid = world.in_background("cellar", "--model", "midi")
        world.muster("adopt", str(pid), "--write")
        world.write("copy.yaml", world.read("cellar-demo.yaml"))

        errors = world.muster("validate", "--json", exits=3).json["errors"]
        assert {Path(one["file"]).name for one in errors} == {"copy.yaml", "cellar-demo.yaml"}
        assert [one["line"] > 0 for one in errors] == [True, True]
