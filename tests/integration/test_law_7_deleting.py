"""Law 7: deleting is slow, inside the mass-change guard, and `on_delete: leave` lets the process live."""

import time
from pathlib import Path

from controller.model.event import EventType
from tests.integration.controller_world import FLEET, PATIENCE, live
from tests.waiting import wait_for

GRACE = 2.0
SLOW = f"{FLEET}guards: {{delete_grace: {GRACE:g}s, mass_change: {{percent: 30, at_least: 2}}}}\n"
QUICK = f"{FLEET}guards: {{delete_grace: 100ms, mass_change: {{percent: 30, at_least: 2}}}}\n"
GOOD = "tier: family\n"
NAMES = ("alice", "bob", "carol", "dave", "erin")
FILES = dict.fromkeys(NAMES, GOOD)
STALE_PLAN = 5


def test_deleted_file_stops_its_session_only_after_the_grace(short_path: Path) -> None:
    """A file that comes back within it finds its session as it was; the grace counts across controllers."""
    with live(short_path, SLOW, FILES) as world:
        before = world.pids(*NAMES)
        (world.sessions / "alice.yaml").unlink()
        gone = time.monotonic()
        world.held("alice", "delete-grace")
        world.kill()
        world.start()
        (world.sessions / "bob.yaml").unlink()
        wait_for(lambda: world.events(EventType.FILE_GONE, "bob"), PATIENCE, "bob's file to be missed")
        world.write("bob.yaml", GOOD)
        world.down("alice")

        assert time.monotonic() - gone >= GRACE
        world.passes()
        assert world.pids(*NAMES) == before | {"alice": None}


def test_many_deleted_at_once_are_held_until_a_person_approves_the_plan(short_path: Path) -> None:
    """40 % of the fleet is more than a slip of the hand: a saved plan names whom it approves, and no one else."""
    with live(short_path, QUICK, FILES) as world:
        before = world.pids(*NAMES)
        for name in NAMES[:2]:
            (world.sessions / f"{name}.yaml").unlink()
        for name in NAMES[:2]:
            world.held(name, "mass-change")
        world.passes()
        world.kill()
        world.start()
        world.passes()
        assert world.pids(*NAMES) == before

        saved = str(world.root / "saved.plan")
        world.muster("plan", "--out", saved)
        world.muster("apply", saved)
        assert world.pids(*NAMES) == before | dict.fromkeys(NAMES[:2])
        (world.sessions / "carol.yaml").unlink()
        (world.sessions / "dave.yaml").unlink()
        for name in NAMES[2:4]:
            world.held(name, "mass-change")
        assert world.muster("apply", saved, exits=None).code != 0
        assert world.pids("carol", "dave") == {name: before[name] for name in ("carol", "dave")}


def test_deleted_file_that_says_leave_lets_its_session_live_and_forgets_it(short_path: Path) -> None:
    """Its process is no longer ours to touch, for this controller and the next."""
    with live(short_path, QUICK, {**FILES, "alice": f"{GOOD}on_delete: leave\n"}) as world:
        pid = world.pid("alice")
        (world.sessions / "alice.yaml").unlink()
        world.told(EventType.SESSION_RELEASED, "alice")
        world.passes()
        world.kill()
        world.start()
        world.passes()

        assert world.pid("alice") == pid
        assert "alice" not in [one["name"] for one in world.muster("status", "--json").json["sessions"]]
        assert not world.events(EventType.SESSION_STOPPED)


def test_emptied_directory_stops_nothing_and_a_person_stops_by_name(short_path: Path) -> None:
    """The documented way to zero."""
    with live(short_path, QUICK, FILES) as world:
        before = world.pids(*NAMES)
        for name in NAMES:
            (world.sessions / f"{name}.yaml").unlink()
        world.told(EventType.SOURCE_LOST)
        world.passes()
        assert world.pids(*NAMES) == before

        world.muster("stop", "alice")
        assert world.pids(*NAMES) == before | {"alice": None}
