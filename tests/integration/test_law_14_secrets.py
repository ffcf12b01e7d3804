"""Law 14: secrets appear in no argv, log, plan, status or event."""

from pathlib import Path

import psutil
import pytest

from controller.model.event import EventType
from tests.integration.controller_world import ControllerWorld, live

SECRET = "s3cret-f81d4fae"  # the value whose traces are looked for
COMMANDS = (
    ["status"],
    ["status", "--json"],
    ["plan"],
    ["plan", "--json"],
    ["events", "--limit", "500"],
    ["events", "--json", "--limit", "500"],
    ["why", "carol"],
    ["why", "alice", "--json"],
    ["validate"],
)


def told_by_commands(world: ControllerWorld) -> list[str]:
    """The commands that print the secret."""
    return [
        " ".join(words) for words in COMMANDS if SECRET in f"{(ran := world.muster(*words, exits=None)).out}{ran.err}"
    ]


def told_by_argv() -> list[list[str]]:
    """The command lines on this machine that hold the secret."""
    lines = []
    for process in psutil.process_iter():
        try:
            lines.append(process.cmdline())
        except psutil.Error:
            continue
    return [line for line in lines if any(SECRET in word for word in line)]


def told_by_files(world: ControllerWorld) -> list[str]:
    """The files of the state, and the controller's log, that hold the secret."""
    paths = [world.log, *(path for path in world.state.rglob("*") if path.is_file())]
    return [str(path) for path in paths if SECRET.encode() in path.read_bytes()]


@pytest.mark.tmux
def test_secret_reaches_the_agent_and_nothing_else(short_path: Path) -> None:
    """In both runtimes, through a switch, a crash loop, and an edit of the secret's own file."""
    env_file = short_path / "secrets.env"
    env_file.write_text(f"TOKEN={SECRET}-1\n")
    env_file.chmod(0o600)
    told = f"tier: family\nenv_file: {env_file}\n"
    files = {
        "alice": told,
        "bob": f"{told}runtime: tmux\n",
        "carol": f"{told}env: {{MUSTER_DEMO_FAULT: die-at-once}}\n",
    }
    with live(short_path / "w", files=files) as world:
        for name in ("alice", "bob"):
            assert psutil.Process(world.pid(name)).environ()["TOKEN"] == f"{SECRET}-1"
        world.told(EventType.START_FAILED, "carol", count=2)
        world.write("alice.yaml", f"{told}model: maxi\n")
        world.write("bob.yaml", f"{files['bob']}model: maxi\n")
        assert told_by_argv() == []
        world.up("alice", "bob", model="maxi")
        env_file.write_text(f"OTHER TOKEN={SECRET}-2\n")
        world.write("alice.yaml", f"{told}model: mini\n")
        world.told(EventType.SWITCH_FAILED, "alice")
        world.passes()

        assert world.process is not None
        for pid in (world.process.pid, world.pid("alice"), world.pid("bob")):
            assert psutil.Process(pid).rlimit(psutil.RLIMIT_CORE)[0] == 0
        assert told_by_argv() == []
        assert told_by_commands(world) == []
        assert told_by_files(world) == []
