"""A secret of an env file reaches its session and nothing else (law 14)."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.integration.cli_world import World

SECRET = "hunter2-swordfish"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    (tmp_path / "secrets.env").write_text(f"SERVICE_KEY={SECRET}\n")
    made.write("alice.yaml", f"model: mini\nenv_file: {tmp_path}/secrets.env\nupdate: {{when: now}}\n")
    yield made
    made.end_sessions()


def test_a_secret_stands_nowhere_but_in_the_environment(world: World) -> None:
    """After a start and a restart: in no argv, run file, order, log, state or output."""
    printed = [world.muster("plan", "--json"), world.muster("apply", "--json")]
    world.write("alice.yaml", world.read("alice.yaml").replace("mini", "maxi"))
    verbs = (["plan"], ["apply"], ["status", "--json"], ["why", "alice"], ["events", "--json"])
    printed += [world.muster(*verb) for verb in verbs]
    pid = world.status("alice")["pid"]

    assert psutil.Process(pid).environ()["SERVICE_KEY"] == SECRET
    assert not [process for process in psutil.process_iter(["cmdline"]) if SECRET in str(process.info["cmdline"])]
    assert not [ran for ran in printed if SECRET in ran.out + ran.err]
    files = [file for file in world.root.rglob("*") if file.is_file() and file.name != "secrets.env"]
    assert not [file for file in files if SECRET.encode() in file.read_bytes()]
    assert world.state / "state.db" in files


def test_an_env_file_that_is_wrong_is_told_without_its_words(world: World) -> None:
    """The session that runs goes on; the place is named, the line is not."""
    world.muster("apply")
    before = world.status("alice")["pid"]
    (world.root / "secrets.env").write_text(f"{SECRET}\n")
    world.write("alice.yaml", world.read("alice.yaml").replace("mini", "maxi"))
    ran = world.muster("apply", exits=None)
    told = ran.out + ran.err + world.muster("status").out + world.muster("events").out

    assert ran.code != 0
    assert "secrets.env:1" in told
    assert SECRET not in told
    assert world.status("alice")["pid"] == before
