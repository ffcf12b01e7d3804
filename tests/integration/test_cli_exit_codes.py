"""The table of exit codes (design 5), each by a real cause; 5 and 6 stand in test_cli_move, 64 in test_cli_start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli_world import FLEET, World
from tests.waiting import wait_for


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.write("alice.yaml", "tier: family\nmodel: mini\n")
    yield made
    made.end_sessions()


@pytest.fixture
def busy(world: World) -> World:
    """Alice runs and thinks for long; her file says another model by now."""
    world.muster("apply")
    world.muster("wait", "alice", "--for", "idle")
    world.muster("send", "alice", "take 30 seconds")
    wait_for(lambda: world.status("alice")["activity"] == "busy", what="alice to be busy")
    world.write("alice.yaml", "tier: family\nmodel: maxi\n")
    return world


def test_0_when_all_is_so(world: World) -> None:
    """Applying twice is fine, and the second time there is nothing to do."""
    world.muster("apply")
    ran = world.muster("apply")

    assert ran.out == "in sync\n"


def test_3_when_a_file_is_invalid(world: World) -> None:
    """The good ones are applied, the code tells of the bad one."""
    world.write("bob.yaml", "modle: mini\n")
    world.muster("apply", exits=3)

    assert world.status("alice")["asked"]["model"] == "mini"


def test_4_when_a_guard_holds_and_0_when_a_person_speaks_over_it(busy: World) -> None:
    """A busy session is not restarted, and said so; `--now NAME` is a person's word."""
    held = busy.muster("apply", exits=4)
    assert "alice: busy" in held.out
    assert busy.status("alice")["asked"]["model"] == "mini"

    busy.muster("apply", "--now", "alice")
    assert busy.status("alice")["asked"]["model"] == "maxi"


def test_4_when_what_was_asked_by_name_is_held(busy: World) -> None:
    """`muster restart` of a busy session waits its turn; `--now` does not."""
    before = busy.status("alice")["pid"]
    ran = busy.muster("restart", "alice", exits=4)
    assert "alice: busy" in ran.err
    assert busy.status("alice")["pid"] == before

    busy.muster("restart", "alice", "--now")
    assert busy.status("alice")["pid"] != before


def test_7_when_one_fails_and_others_do_not(world: World) -> None:
    """One session's failure stops nobody else's."""
    world.write("_fleet.yaml", f"{FLEET}agents: {{demo: {{settle: 5s}}}}\n")  # it dies within, on any machine
    world.write("bob.yaml", "env: {MUSTER_DEMO_FAULT: die-at-once}\n")
    ran = world.muster("apply", exits=7)

    assert world.status("alice")["asked"]["model"] == "mini"
    assert "bob" in ran.out


def test_a_line_for_a_busy_process_waits_its_turn(busy: World) -> None:
    """A plain process reads line after line, so nothing is lost; a session that is not there is refused."""
    busy.muster("send", "alice", "and then this")
    busy.muster("send", "alice", "two\nlines", exits=1)
    busy.muster("send", "nobody", "hello", exits=1)


def test_now_of_a_session_that_is_not_there_is_an_error(world: World) -> None:
    """A typing error in --now must not apply all the others."""
    world.muster("apply", "--now", "alcie", exits=1)

    assert world.status("alice")["pid"] is None
