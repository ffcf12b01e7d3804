"""Laws 11 and 12: what did not happen is not recorded as done; what stays wrong is parked, not tried for ever."""

import os
import signal
from itertools import pairwise
from pathlib import Path

from controller.model.event import EventType
from controller.model.record import GIVE_UP_AFTER
from controller.model.transaction import Transaction
from controller.record.journal import Journal
from controller.record.store import Store
from controller.settings import self_spawn
from tests.integration.controller_world import FLEET, PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

WORD = "my daughter is called Ada"
WRONG = "tier: family\nmodel: midi\ndrift: revert\nenv: {MUSTER_DEMO_FAULT: wrong-model}\n"
BEFORE = "tier: family\nmodel: mini\n"
PARKED = "parked"


def launches(world: ControllerWorld, name: str) -> int:
    """How many processes the state tells of."""
    kinds = {EventType.SESSION_STARTED, EventType.SESSION_RESUMED, EventType.SESSION_FRESH, EventType.ROLLED_BACK}
    kinds |= {EventType.MODEL_SWITCH, EventType.START_FAILED}
    return sum(one["count"] for one in world.events(session=name) if one["type"] in kinds)


def test_model_that_stays_wrong_is_put_right_once_and_then_parked(short_path: Path) -> None:
    """One restart; proven wrong again by the agent's own report, it is parked. A person's retry gives it one more."""
    with live(short_path, files={"alice": WRONG}) as world:
        first = world.pid("alice")
        world.talk("alice", WORD)
        world.passes(1)
        mended = another(world, first)
        stays_parked(world, mended, switches=1)

        world.muster("retry", "alice")
        stays_parked(world, another(world, mended), switches=2)
        assert not world.events(EventType.MODEL_VERIFIED, "alice")
        assert WORD in world.turns("alice")


def another(world: ControllerWorld, before: int | None) -> int | None:
    """Wait for the process that takes the place of one."""
    wait_for(lambda: world.pid("alice") not in {None, before}, PATIENCE, "another process")
    world.up("alice", model="midi")
    return world.pid("alice")


def stays_parked(world: ControllerWorld, pid: int | None, *, switches: int) -> None:
    """At its next word it is found wrong again, and however often it is looked at, nothing more is done."""
    world.talk("alice", "another word")
    world.passes(5)
    status = world.status("alice")
    assert (status["state"], status["observed"]["model"], status["pid"]) == (PARKED, "mini", pid)
    assert "still reports mini after a restart on midi" in status["message"]
    assert len(world.events(EventType.MODEL_SWITCH, "alice")) == switches


def refusing(root: Path, model: str) -> str:
    """A fleet whose agent knows no conversation on one model."""
    program = root / "agent.sh"
    spawn = " ".join(self_spawn())
    refusal = f'case "$*" in *"--model {model} --resume"*) echo "no conversation found"; exit 1;; esac'
    program.write_text(f'#!/bin/sh\n{refusal}\nexec {spawn} "$@"\n')
    program.chmod(0o755)
    return f"{FLEET}agents: {{demo: {{executables: [{program}]}}}}\n"


def test_switch_whose_resume_is_refused_goes_back_to_the_model_that_worked(short_path: Path) -> None:
    """The conversation goes on, the switch is told as failed and never as done, and it is not tried for ever."""
    with live(short_path, refusing(short_path, "maxi"), {"alice": BEFORE}) as world:
        world.talk("alice", WORD)
        first, conversation = world.pid("alice"), world.conversation("alice")
        world.write("alice.yaml", BEFORE.replace("mini", "maxi"))
        world.told(EventType.ROLLED_BACK, "alice")
        world.held("alice", PARKED)
        world.up("alice", model="mini")
        back = world.pid("alice")
        world.passes()
        assert world.pid("alice") == back != first
        assert world.conversation("alice") == conversation
        assert not world.events(EventType.MODEL_SWITCH)
        assert world.status("alice")["state"] == PARKED

        os.kill(back or 0, signal.SIGKILL)
        wait_for(lambda: world.pid("alice") not in {None, back}, PATIENCE, "alice on the model that worked")
        world.up("alice", model="mini")
        assert (world.status("alice")["state"], world.conversation("alice")) == (PARKED, conversation)

        world.write("alice.yaml", BEFORE.replace("mini", "midi"))
        world.up("alice", model="midi")
        assert world.recalls("alice", WORD)


def test_conversation_that_is_refused_on_every_model_is_not_tried_for_ever(short_path: Path) -> None:
    """Parked once for what the file says, and the way back is tried ever later: no loop of trying and giving up."""
    with live(short_path, files={"alice": BEFORE}) as world:
        world.talk("alice", WORD)
        world.passes(1)
        world.write("alice.yaml", f"{BEFORE.replace('mini', 'maxi')}env: {{MUSTER_DEMO_FAULT: refuse-resume}}\n")
        world.told(EventType.PARKED, "alice")
        world.told(EventType.START_FAILED, "alice", count=3)
        world.passes(3)
        assert not world.events(EventType.UNPARKED)
        assert world.record("alice").failures >= 3

        world.write("alice.yaml", BEFORE.replace("mini", "midi"))
        world.up("alice", model="midi")
        assert world.recalls("alice", WORD)


def test_refused_resume_ends_fresh_where_the_file_allows_it_and_there_is_no_way_back(short_path: Path) -> None:
    """`resume: auto` and an agent that knows nothing any more, on any model: fresh, with the notice."""
    with live(short_path, files={"alice": f"{BEFORE}resume: auto\n"}) as world:
        world.talk("alice", WORD)
        world.passes(1)
        conversation = world.conversation("alice")
        world.write("alice.yaml", "tier: family\nmodel: maxi\nresume: auto\nenv: {MUSTER_DEMO_FAULT: refuse-resume}\n")
        world.up("alice", model="maxi")
        [told] = world.told(EventType.SESSION_FRESH, "alice")
        assert told["left"] == conversation
        assert [event["context"] for event in world.events(EventType.MODEL_SWITCH, "alice")] == ["lost"]


def test_session_that_dies_at_once_is_tried_ever_later_and_then_parked(short_path: Path) -> None:
    """Back-off grows and is remembered by the next controller; it ends, and an edit is what starts anew."""
    dying = "tier: family\nenv: {MUSTER_DEMO_FAULT: die-at-once}\n"
    with live(short_path, files={"alice": dying}) as world:
        tries: list[float] = []

        def failures() -> int:
            record = world.record("alice")
            if record.retry_at and record.retry_at.at not in tries:
                tries.append(record.retry_at.at)
            return record.failures

        wait_for(lambda: failures() >= GIVE_UP_AFTER - 2, PATIENCE, "failures")
        waits = [later - earlier for earlier, later in pairwise(tries)]
        assert waits[-1] > 2 * waits[0]

        world.kill()
        have_waited(world, GIVE_UP_AFTER - 1)
        world.start()
        world.held("alice", PARKED)
        tried = launches(world, "alice")
        world.passes()
        assert launches(world, "alice") == tried
        assert "crash loop" in world.status("alice")["message"]

        world.write("alice.yaml", "tier: family\n")
        world.up("alice")


def have_waited(world: ControllerWorld, failures: int) -> None:
    """Remember one more failure, long ago: nobody wants to wait for it here."""
    with Store(world.state / "state.db") as store:
        journal = Journal(store)
        record = journal.record("alice").model_copy(update={"failures": failures, "retry_at": None})
        journal.commit_now(Transaction(records=(record,)))


def test_model_that_is_switched_in_place_is_told_only_when_the_agent_reports_it(short_path: Path) -> None:
    """The same process goes on, and what it says next is said on the new model."""
    fleet = f"{FLEET}agents: {{demo: {{runtimes: {{process: {{in_place: '/model {{model}}'}}}}}}}}\n"
    with live(short_path, fleet, {"alice": BEFORE}) as world:
        pid = world.pid("alice")
        world.talk("alice", WORD)
        world.write("alice.yaml", BEFORE.replace("mini", "maxi"))
        [told] = world.told(EventType.MODEL_SWITCH, "alice")
        assert (told["strategy"], told["to_model"], world.pid("alice")) == ("in-place", "maxi", pid)
        world.talk("alice", "who are you now?")
        assert "[maxi-1]" in world.turns("alice", "assistant")[-1]
