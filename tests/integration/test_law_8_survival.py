"""Laws 8 and 10: sessions survive the controller, whatever ends it and whatever it has forgotten."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.model.event import EventType
from controller.model.record import Fingerprint
from controller.model.transaction import Transaction
from controller.record.journal import Journal
from controller.record.store import Store
from tests.integration.controller_world import PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

ALICE = "tier: family\nmodel: mini\n"
FILES = {"alice": ALICE, "bob": "tier: bots\nruntime: tmux\n"}
NAMES = tuple(FILES)
WORD = "my daughter is called Ada"
LOCKED = 6


def terminated(world: ControllerWorld) -> None:
    assert world.stop() == 0
    world.start()


def killed(world: ControllerWorld) -> None:
    world.kill()
    world.start()


def hung_up(world: ControllerWorld) -> None:
    assert world.process
    before = world.passed()
    world.process.send_signal(signal.SIGHUP)
    wait_for(lambda: world.passed() > before, PATIENCE, "a pass")


def state_lost(world: ControllerWorld) -> None:
    world.kill()
    for path in world.state.glob("state.db*"):
        path.unlink()
    world.start()


def state_damaged(world: ControllerWorld) -> None:
    world.kill()
    for path in world.state.glob("state.db*"):
        path.write_bytes(b"no database any more" * 400)
    world.start()


@pytest.mark.tmux
@pytest.mark.parametrize("ending", [terminated, killed, hung_up, state_lost, state_damaged])
def test_no_session_notices_what_happens_to_the_controller(
    short_path: Path, ending: Callable[[ControllerWorld], None]
) -> None:
    """The same processes, in both runtimes; and the next switch still knows the conversation."""
    with live(short_path, files=FILES) as world:
        world.talk("alice", WORD)
        world.passes(1)
        before, conversation = world.pids(*NAMES), world.conversation("alice")
        assert None not in before.values()

        ending(world)
        world.passes()
        assert world.pids(*NAMES) == before
        assert not world.events(EventType.SESSION_EXITED)
        world.write("alice.yaml", ALICE.replace("mini", "maxi"))
        world.up("alice", model="maxi")
        assert world.conversation("alice") == conversation
        assert world.recalls("alice", WORD)
        assert world.pid("bob") == before["bob"]
        world.write("bob.yaml", f"{FILES['bob']}env: {{COLOUR: blue}}\n")
        wait_for(lambda: world.pid("bob") not in {None, before["bob"]}, PATIENCE, "bob's colour")


def test_second_controller_is_refused_and_disturbs_nobody(short_path: Path) -> None:
    """One state has one controller: exit 6."""
    with live(short_path, files={"alice": ALICE}) as world:
        pid = world.pid("alice")
        refused = world.muster("run", exits=LOCKED)
        assert refused.out == ""
        world.passes()
        assert world.pid("alice") == pid


def test_fingerprint_of_another_version_restarts_nothing(short_path: Path) -> None:
    """Law 10: an upgrade that compares other fields, or in another form, finds sessions as they are; edits count on."""
    files = {"alice": ALICE, "bob": "tier: bots\nenv: {COLOUR: red}\n"}
    with live(short_path, files=files) as world:
        before = world.pids(*files)
        world.kill()
        for version, name in enumerate(files, start=98):
            note_launch(world, name, Fingerprint(version=version, fields={"cwd": "/elsewhere", "gone": "x"}))
        world.start()
        world.passes()
        assert world.pids(*files) == before
        assert world.muster("plan", "--detailed-exitcode").code == 0

        world.write("bob.yaml", files["bob"].replace("red", "blue"))
        wait_for(lambda: world.pid("bob") not in {None, before["bob"]}, PATIENCE, "bob's new colour")
        assert world.pid("alice") == before["alice"]


def note_launch(world: ControllerWorld, name: str, fingerprint: Fingerprint) -> None:
    """Remember a session as another release of Muster would have."""
    with Store(world.state / "state.db") as store:
        journal = Journal(store)
        record = journal.record(name).model_copy(update={"launched": fingerprint})
        journal.commit_now(Transaction(records=(record,)))
