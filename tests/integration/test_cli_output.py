"""What machines read: the documents hold to the schemas that are shipped; colours and interrupts behave."""

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from controller.settings import self_spawn
from tests.integration.cli_world import World
from tests.waiting import DEADLINE, wait_for

SCHEMAS = Path(__file__).resolve().parent.parent.parent / "schemas"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.write("alice.yaml", "tier: family\nmodel: mini\n")
    made.write("bob.yaml", "origin: ai\nmodle: x\n")
    yield made
    made.end_sessions()


def schema(name: str) -> Draft202012Validator:
    document: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


@pytest.mark.parametrize("name", ["plan", "status"])
def test_documents_hold_to_their_schemas(world: World, name: str) -> None:
    """Before anything runs, with a session that runs, and with one that is held or invalid."""
    for _ in range(2):
        document = world.muster(name, "--json", exits=None).json
        assert [error.message for error in schema(name).iter_errors(document)] == []
        world.muster("apply", exits=None)


@pytest.mark.parametrize("file, name", [("_fleet.yaml", "fleet"), ("hello.yaml", "session")])
def test_what_init_writes_holds_to_the_schemas(world: World, file: str, name: str) -> None:
    """An editor must not mark the first file that a person opens."""
    world.muster("init", str(world.root / "fresh.d"), "--agent", "demo")
    document = YAML(typ="safe").load((world.root / "fresh.d" / file).read_text())

    assert [error.message for error in schema(name).iter_errors(document)] == []


def test_session_schemas_describe_every_field() -> None:
    """What an editor shows beside a key is the docstring of the model's field."""
    document = json.loads((SCHEMAS / "session.schema.json").read_text())
    silent = [name for name, field in document["properties"].items() if "description" not in field]

    assert silent == []
    assert document["additionalProperties"] is False


def on_terminal(world: World, *words: str, **env: str) -> str:
    """What a command prints on a terminal."""
    ours, its = pty.openpty()
    environ = {key: value for key, value in world.env.items() if key != "NO_COLOR"} | {"TERM": "xterm"} | env
    with subprocess.Popen(self_spawn(*words), env=environ, stdout=its, stderr=its, stdin=its) as process:
        os.close(its)
        printed = b""
        while chunk := _read(ours):
            printed += chunk
        process.wait()
    os.close(ours)
    return printed.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the last writer has gone
        return b""


def test_colour_only_on_a_terminal(world: World) -> None:
    """And there only where nobody said no."""
    assert "\x1b[" in on_terminal(world, "plan")
    assert "\x1b[" not in on_terminal(world, "plan", "--no-color")
    assert "\x1b[" not in on_terminal(world, "plan", NO_COLOR="1")
    assert "\x1b[" not in world.muster("plan", exits=3).out


def test_an_interrupt_ends_with_130(world: World) -> None:
    """Ctrl-C is no bug: no traceback."""
    world.muster("override", "fast", "--for", "1h")
    command = self_spawn("events", "--follow")
    with subprocess.Popen(command, env=world.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "override_set" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        try:
            _, err = process.communicate(timeout=DEADLINE)
        finally:
            process.kill()

    assert (process.returncode, err) == (130, "")


def test_watch_shows_again_until_interrupted(world: World) -> None:
    """`status --watch` notices what changes."""
    command = self_spawn("status", "--watch")
    path = world.root / "seen"
    with path.open("wb") as seen, subprocess.Popen(command, env=world.env, stdout=seen, stderr=seen) as process:
        wait_for(lambda: b"alice" in path.read_bytes(), what="the first table")
        world.write("carol.yaml", "tier: family\n")
        wait_for(lambda: b"carol" in path.read_bytes(), what="the new session")
        process.send_signal(signal.SIGINT)
        try:
            process.wait(DEADLINE)
        finally:
            process.kill()

    assert process.returncode == 130


def test_whoever_has_no_session_yet_is_told_how_to_begin(tmp_path: Path) -> None:
    """Not with an empty table alone."""
    (tmp_path / "empty").mkdir()
    empty = World(tmp_path / "empty")
    ran = empty.muster("status")
    assert (ran.out.splitlines()[1:], "muster init" in ran.err) == ([], True)

    missing = {"MUSTER_SESSIONS_DIR": str(tmp_path / "missing")}
    assert "`muster init` makes one" in empty.muster("plan", exits=3, **missing).out
