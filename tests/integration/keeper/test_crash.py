"""A keeper that is killed at any instant: a prompt is delivered once or told as interrupted, not twice, not lost."""

import fcntl
import os
import random
import signal
import subprocess
import sys

import pytest

from tests.integration.keeper.world import LARGE, World, living
from tests.waiting import wait_for


def killed(world: World) -> None:
    """Kill the keeper, and wait for its agent to see its input end."""
    world.kill()
    wait_for(lambda: world.members() == [], what="the agent to end with its keeper")


def successor(world: World, **changes: object) -> None:
    world.ready(resume=True, conversation=world.conversation, **changes)


def test_a_running_turn_is_told_as_interrupted_and_the_queue_goes_on(world: World) -> None:
    client = world.ready()
    client.prompt("say:a hold")
    wait_for(lambda: len(world.journal()) == 4)
    client.prompt("say:b")
    client.prompt("say:c")
    world.wait(queued=2)

    killed(world)
    successor(world)

    world.wait(queued=0, turns=3, activity="idle")
    assert [text for text, _ in world.heard()] == ["say:a hold", "say:b", "say:c"]
    assert [entry.get("error") for entry in world.journal("turn_end")] == ["interrupted", None, None]


def test_a_queue_that_a_wish_holds_survives(world: World) -> None:
    """The controller restarts the session then, on a model that it can have."""
    client = world.ready()
    client.call("_muster/wish", value="huge", patterns=["huge"])
    client.prompt("say:a")
    world.wait(queued=1, wish_failed="the agent does not offer huge")

    killed(world)
    successor(world, model=LARGE)

    world.wait(queued=0, turns=1)
    assert world.heard() == [("say:a", "large")]


def test_a_prompt_that_was_dropped_stays_dropped(world: World) -> None:
    client = world.ready()
    client.call("_muster/wish", value="huge", patterns=["huge"])
    turn = client.prompt("say:a")
    client.notify("session/cancel", sessionId=world.conversation)
    client.end(turn)

    killed(world)
    successor(world)

    assert world.wait(queued=0, turns=0)
    assert world.heard() == []


def test_the_first_prompt_is_said_once_however_often_it_is_begun(world: World) -> None:
    """Killed before its turn, a conversation that was never prompted is begun again, with the same first prompt."""
    world.ready(prompt="hold")
    wait_for(world.heard)
    lines = world.journal_file.read_text().splitlines(keepends=True)
    killed(world)
    world.journal_file.write_text("".join(lines[:2]))

    world.go()
    world.ready(prompt="hold")

    world.wait(turns=1, queued=0)
    assert len(world.journal("prompt")) == 1


@pytest.mark.parametrize("cut,ends", [(1, None), (2, "interrupted"), (60, "interrupted")])
def test_a_half_line_spoils_nothing(world: World, cut: int, ends: str | None) -> None:
    world.ready().said_and_done("say:a")
    world.stop()
    data = world.journal_file.read_bytes()
    world.journal_file.write_bytes(data[:-cut])

    successor(world)
    world.client().said_and_done("say:b")

    reader = world.client()
    reader.call("_muster/replay", since=0)
    numbers = [entry["n"] for entry in reader.entries()]
    assert numbers == sorted(set(numbers))
    assert [entry["text"] for entry in reader.entries("prompt")] == ["say:a", "say:b"]
    assert [entry.get("error") for entry in reader.entries("turn_end")] == [ends, None]


def test_the_journal_is_bounded_and_owes_nothing_less_for_it(world: World) -> None:
    client = world.ready()
    client.prompt("burst:300:40000 hold")
    client.prompt("say:owed")
    wait_for(lambda: world.journal_file.with_name("a.jsonl.1").exists())
    wait_for(lambda: sum(path.stat().st_size for path in world.journal_file.parent.iterdir()) > 7_000_000)
    killed(world)
    assert sum(path.stat().st_size for path in world.journal_file.parent.iterdir()) < 9_000_000
    world.journal_file.with_name("a.jsonl.1").unlink()

    successor(world)

    world.wait(turns=2, queued=0)
    assert [text for text, _ in world.heard()] == ["burst:300:40000 hold", "say:owed"]
    reader = world.client()
    reader.call("_muster/replay", since=0)
    assert reader.entries()[0]["kind"] == "past"


def test_an_orphaned_agent_keeps_the_run_lock(world: World) -> None:
    """So no launcher starts a second one beside it."""
    lock = os.open(world.place / "a.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.set_inheritable(lock, True)
    world.ready("ignores-eof", inherits=(lock,))
    os.close(lock)

    world.kill()

    other = os.open(world.place / "a.lock", os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (agent,) = world.members()
    os.kill(agent, signal.SIGKILL)
    wait_for(lambda: living(world.keeper.pid) == [])
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


@pytest.mark.parametrize("seed", range(3))
def test_kills_at_any_instant_lose_no_prompt_and_double_none(world: World, seed: int) -> None:
    dice = random.Random(seed)
    world.ready()
    accepted: list[str] = []
    for number in range(8):
        client = world.client()
        for part in "ab":
            text = f"say:{number}{part} say:x"
            client.prompt(text)
            accepted.append(text)
        # All are in the journal; the kill comes at one of the writes that follow.
        wait_for(lambda: len(world.journal("prompt")) == len(accepted))
        reached(world, len(world.journal()) + dice.randrange(8), accepted)
        killed(world)
        successor(world)

    wait_for(lambda: done(world, accepted))
    heard = [text for text, _ in world.heard()]
    assert len(heard) == len(set(heard))
    assert heard == [text for text in accepted if text in heard]
    told = {entry["id"]: entry for entry in world.journal("turn_end")}
    for entry in world.journal("prompt"):
        # One that was not heard was about to be delivered, and is told as interrupted.
        assert entry["text"] in heard or told[entry["id"]]["error"] == "interrupted"


def reached(world: World, entries: int, accepted: list[str]) -> None:
    wait_for(lambda: len(world.journal()) >= entries or done(world, accepted))


def done(world: World, accepted: list[str]) -> bool:
    return len(world.journal("turn_end")) == len(accepted)


def test_the_socket_of_a_dead_keeper_is_taken_over(world: World) -> None:
    world.ready()
    killed(world)
    assert world.socket.exists()

    successor(world)

    assert world.client().call("_muster/status")["pid"] == world.keeper.pid


def test_a_keeper_that_cannot_read_its_order_says_so(world: World) -> None:
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "controller", "keeper", str(world.place / "none")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 1
    assert ran.stderr.startswith("muster: cannot keep the session: ")
