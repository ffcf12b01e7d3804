"""Law 6: what cannot be read or parsed, or is only half there, stops and moves nothing, across restarts too."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.model.event import EventType
from tests.integration.controller_world import FLEET, ControllerWorld, live

GOOD = "agent: demo\ntier: family\n"
MOVED = f"{GOOD}model: mini\n"
FLEET_WITH_TABLE = f"{FLEET}tiers: {{family: powerful}}\n"
"""Without it, the built-in table would move everybody of the family; the agent is said by each file itself."""
NAMES = ("alice", "bob", "carol", "dave")
FILES = dict.fromkeys(NAMES, GOOD)


def survives(world: ControllerWorld, *names: str) -> None:
    """Passes, and a controller that knows only what is on the disk, change no process and plan no change."""
    before = world.pids(*names)
    world.passes()
    assert world.pids(*names) == before
    world.kill()
    world.start()
    world.passes()
    assert world.pids(*names) == before
    assert [world.model(name) for name in names] == ["maxi"] * len(names)


def garbage(path: Path) -> None:
    path.write_bytes(b"tier: [family\n\t}")


def another_type(path: Path) -> None:
    path.write_text("- tier\n- family\n")


def truncated(path: Path) -> None:
    path.write_text("tier: family\nmodel: min")


def emptied(path: Path) -> None:
    path.write_text("")


def not_utf8(path: Path) -> None:
    path.write_bytes(b"tier: fam\xefly\n")


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def unreadable(path: Path) -> None:
    """Nobody stops root from reading; but root does not trust what everybody may write."""
    path.chmod(0o666 if os.geteuid() == 0 else 0)


DAMAGES = (garbage, another_type, truncated, emptied, not_utf8, fifo, directory, dangling, unreadable)


def test_bad_file_moves_nothing_and_counts_again_when_it_is_good(short_path: Path) -> None:
    """Every way in which a file can be bad, each on a session of its own."""
    names = [damage.__name__ for damage in DAMAGES]
    with live(short_path, FLEET_WITH_TABLE, dict.fromkeys([*names, "good"], GOOD)) as world:
        for damage in DAMAGES:
            damage(world.sessions / f"{damage.__name__}.yaml")
        invalid = {Path(event["place"].rsplit(":", 2)[0]).stem for event in told_invalid(world, len(names))}
        assert invalid == set(names)
        survives(world, *names, "good")

        (world.sessions / "directory.yaml").rmdir()
        for name in names:
            world.write(f"{name}.yaml", MOVED)
        world.up(*names, model="mini")
        assert world.model("good") == "maxi"


def told_invalid(world: ControllerWorld, count: int) -> list[dict[str, str]]:
    """Wait until so many files were told to be invalid."""
    world.passes()
    for _ in range(count):
        if len(told := world.events(EventType.FILE_INVALID)) >= count:
            break
        world.passes(1)
    return told


def emptied_directory(world: ControllerWorld) -> Callable[[], object]:
    for name in NAMES:
        (world.sessions / f"{name}.yaml").unlink()
    return lambda: None


def removed_directory(world: ControllerWorld) -> Callable[[], object]:
    shutil.rmtree(world.sessions)

    def again() -> None:
        world.sessions.mkdir()
        world.write("_fleet.yaml", FLEET_WITH_TABLE)

    return again


def moved_directory(world: ControllerWorld) -> Callable[[], object]:
    away = world.sessions.rename(world.root / "away")
    return lambda: away.rename(world.sessions)


def file_in_its_place(world: ControllerWorld) -> Callable[[], object]:
    back = moved_directory(world)
    world.sessions.write_text("not a directory")

    def again() -> None:
        world.sessions.unlink()
        back()

    return again


def empty_one_in_its_place(world: ControllerWorld) -> Callable[[], object]:
    """As a mount that is not there: the directory below it is empty."""
    back = moved_directory(world)
    world.sessions.mkdir()

    def again() -> None:
        world.sessions.rmdir()
        back()

    return again


def fleet_gone(world: ControllerWorld) -> Callable[[], object]:
    (world.sessions / "_fleet.yaml").unlink()
    return lambda: world.write("_fleet.yaml", FLEET_WITH_TABLE)


def fleet_bad(world: ControllerWorld) -> Callable[[], object]:
    world.write("_fleet.yaml", "tiers: {family: [")
    return lambda: world.write("_fleet.yaml", FLEET_WITH_TABLE)


@pytest.mark.parametrize(
    "damage",
    [
        emptied_directory,
        removed_directory,
        moved_directory,
        file_in_its_place,
        empty_one_in_its_place,
        fleet_gone,
        fleet_bad,
    ],
)
def test_directory_that_cannot_be_trusted_moves_nothing(
    short_path: Path, damage: Callable[[ControllerWorld], Callable[[], object]]
) -> None:
    """Nothing is gone from a directory in doubt; once it is good, an edit in it counts."""
    fleet = f"{FLEET_WITH_TABLE}guards: {{delete_grace: 0s, mass_change: {{percent: 100}}}}\n"
    with live(short_path, fleet, FILES) as world:
        good_again = damage(world)
        survives(world, *NAMES)

        good_again()
        for name in NAMES:
            world.write(f"{name}.yaml", GOOD)
        world.write("alice.yaml", MOVED)
        world.up("alice", model="mini")
        assert [world.model(name) for name in NAMES[1:]] == ["maxi"] * 3


def test_checkout_under_way_moves_nothing(short_path: Path) -> None:
    """While git holds its lock, files that it has removed are not gone and files that it has written do not count."""
    with live(short_path, f"{FLEET_WITH_TABLE}guards: {{delete_grace: 0s}}\n", FILES) as world:
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
            subprocess.run(["git", *words], cwd=world.sessions, check=True, env=world.env)
        world.passes()
        lock = world.sessions / ".git" / "index.lock"
        lock.touch()
        world.write("alice.yaml", MOVED)
        (world.sessions / "bob.yaml").unlink()
        survives(world, *NAMES)

        lock.unlink()
        world.up("alice", model="mini")
        world.down("bob")
        assert [world.model(name) for name in NAMES[2:]] == ["maxi"] * 2
