"""Law 13: the controller never writes session files; only a person's or an AI's command does."""

import os
import signal
from pathlib import Path

from controller.model.event import EventType
from tests.integration.controller_world import FLEET, ControllerWorld, live

WORD = "my daughter is called Ada"
FILES = {
    "alice": "tier: family   # her own tier\nmodel: mini\n",
    "bob": "tier: bots\norigin: ai\nenv: {MUSTER_DEMO_FAULT: wrong-model}\nmodel: midi\n",
    "carol": "tier: family\nenv: {MUSTER_DEMO_FAULT: die-at-once}\n",
    "dave": "tier: family\nmodle: mini\n",
}


def traces(directory: Path) -> dict[str, tuple[bytes, int, int, int]]:
    """Every file with its content, inode and times; a file that was rewritten with the same words shows too."""
    return {
        path.name: (path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_ctime_ns)
        for path in directory.iterdir()
    }


def crash(world: ControllerWorld, name: str) -> None:
    pid = world.pid(name)
    assert pid
    os.kill(pid, signal.SIGKILL)
    world.told(EventType.SESSION_RESUMED, name)


def test_long_story_of_the_controller_leaves_every_file_as_it_was(short_path: Path) -> None:
    """A crash, drift, a crash loop, an override, a bad file, restarts of the controller: files, inodes, times stay."""
    with live(short_path) as world:
        for name, text in FILES.items():
            world.write(f"{name}.yaml", text)
        world.up("alice", "bob")
        before = traces(world.sessions)
        world.talk("alice", WORD)
        world.talk("bob", WORD)
        world.passes(1)
        crash(world, "alice")
        world.muster("override", "maxi", "--for", "1h")
        world.up("alice", model="maxi")
        world.muster("override", "--clear")
        world.up("alice", model="mini")
        world.told(EventType.START_FAILED, "carol", count=2)
        world.told(EventType.FILE_INVALID)
        world.kill()
        world.start()
        world.passes()
        world.stop()

        assert traces(world.sessions) == before


def test_managed_directory_is_never_written_and_the_patch_is_shown(short_path: Path) -> None:
    """`set-model` on a file that git brings prints what to change there."""
    managed = short_path / "managed.d"
    managed.mkdir()
    (managed / "erin.yaml").write_text(FILES["alice"])
    with live(short_path / "w", FLEET, {"alice": FILES["alice"]}) as world:
        own = ("--sessions-dir", str(world.sessions), "--sessions-dir", str(managed))
        before = traces(managed)
        shown = world.muster("set-model", "erin", "maxi", *own, exits=None)
        assert "-model: mini\n+model: maxi\n" in shown.out
        assert traces(managed) == before

        world.muster("set-model", "alice", "maxi", *own)
        world.up("alice", model="maxi")
        assert world.read("alice.yaml") == FILES["alice"].replace("mini", "maxi")
        assert traces(managed) == before
