"""`muster send`: a prompt is taken or refused, never lost; its answer comes as it is said."""

import resource
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.front_ends import FrontEnds
from tests.integration.keeper.world import World
from tests.waiting import wait_for


@pytest.fixture
def world(short_path: Path) -> Iterator[World]:
    with ExitStack() as things:
        yield World(short_path, things)


@pytest.fixture
def muster(world: World) -> FrontEnds:
    return FrontEnds(world)


def test_a_prompt_is_left_behind_in_the_queue(world: World, muster: FrontEnds) -> None:
    """The command is gone before the turn begins, and it begins all the same."""
    client = world.joined()
    client.prompt("hold")
    world.wait(activity="busy")

    assert muster.run("send", "a", "say:later").out == ""
    assert world.statement["queued"] == 1
    world.go()
    wait_for(lambda: [text for text, _ in world.heard()] == ["hold", "say:later"], what="the second prompt")


def test_the_answer_is_printed_alone(world: World, muster: FrontEnds) -> None:
    """What belongs to others' turns, before it and after it, is not."""
    client = world.joined()
    client.prompt("say:not-this hold")
    world.wait(activity="busy")
    out = world.place / "out"
    with muster.going(out, "send", "a", "--wait", "say:one say:two") as command:
        world.wait(queued=1)
        client.prompt("say:nor-this")
        world.wait(queued=2)
        world.go()
        assert command.wait(30) == 0

    assert out.read_text() == "onetwo\n"


def test_the_answer_is_printed_as_it_comes(world: World, muster: FrontEnds) -> None:
    world.ready()
    out = world.place / "out"
    with muster.going(out, "send", "a", "--wait", "say:first hold say:second") as command:
        wait_for(lambda: out.read_text() == "first", what="the first piece")
        world.go()
        assert command.wait(30) == 0

    assert out.read_text() == "firstsecond\n"


def test_several_lines_are_one_prompt(world: World, muster: FrontEnds) -> None:
    world.ready()
    muster.run("send", "a", "--wait", "say:one\nsay:two\n")

    assert world.heard() == [("say:one\nsay:two\n", "small")]


@pytest.mark.parametrize("prompt, why", [("error", "the provider fails"), ("die", "the agent ended")])
def test_a_turn_that_fails_is_an_error(world: World, muster: FrontEnds, prompt: str, why: str) -> None:
    world.ready()
    ran = muster.run("send", "a", "--wait", f"say:half {prompt}", exits=1)

    assert ran.out == "half\n"
    assert why in ran.err


def test_a_turn_that_somebody_cancels_is_an_error(world: World, muster: FrontEnds) -> None:
    client = world.joined()
    out = world.place / "out"
    with muster.going(out, "send", "a", "--wait", "hold") as command:
        world.wait(activity="busy")
        client.notify("session/cancel", sessionId=world.conversation)
        assert command.wait(30) == 1

    assert "cancelled" in out.read_text()


def test_whoever_interrupts_the_wait_leaves_the_turn_running(world: World, muster: FrontEnds) -> None:
    world.ready()
    out = world.place / "out"
    with muster.going(out, "send", "a", "--wait", "say:first hold say:second") as command:
        wait_for(lambda: out.read_text() == "first", what="the first piece")
        command.send_signal(signal.SIGINT)
        assert command.wait(30) == 130
    world.go()

    assert world.wait(activity="idle", turns=1)["queued"] == 0
    assert world.journal("turn_end")[0]["stop_reason"] == "end_turn"


def test_machines_read_what_became_of_a_prompt(world: World, muster: FrontEnds) -> None:
    world.ready()
    ended = muster.run("send", "a", "--wait", "--json", "say:one say:two").json
    failed = muster.run("send", "a", "--wait", "--json", "error", exits=1).json
    queued = muster.run("send", "a", "--json", "say:three").json
    wait_for(lambda: world.statement["turns"] == 3, what="the third turn")

    assert ended == {
        "schema_version": 1,
        "session": "a",
        "id": world.journal("prompt")[0]["id"],
        "state": "ended",
        "text": "onetwo",
        "model": "small",
        "stop_reason": "end_turn",
        "error": None,
    }
    assert (failed["state"], failed["error"], failed["stop_reason"]) == ("ended", "the provider fails", None)
    assert (queued["state"], queued["id"], queued["text"]) == ("queued", world.journal("prompt")[2]["id"], None)


def test_an_agent_cannot_move_the_cursor(world: World, muster: FrontEnds) -> None:
    world.ready()

    assert muster.run("send", "a", "--wait", "say:\x1b[2Jhello").out == "\ufffd[2Jhello\n"


def test_a_question_is_told_to_whoever_waits(world: World, muster: FrontEnds) -> None:
    """It cannot be answered there; who can is said."""
    world.ready()
    out = world.place / "out"
    with muster.going(out, "send", "a", "--wait", "ask") as command:
        wait_for(lambda: "`muster attach a` answers" in out.read_text(), what="the question")
        somebody = world.client(lambda _: {"outcome": {"outcome": "selected", "optionId": "allow_once"}})
        somebody.call("session/resume", sessionId=world.conversation)
        assert command.wait(30) == 0

    assert "allow_once" in out.read_text()


def test_a_prompt_that_cannot_be_kept_is_refused(world: World, muster: FrontEnds) -> None:
    """The keeper's disk is full: it is told at once, and not taken for said."""
    world.joined().said_and_done("say:" + "x" * 9000)  # the journal is the largest of its files
    size = world.journal_file.stat().st_size + 100
    resource.prlimit(world.keeper.pid, resource.RLIMIT_FSIZE, (size, size))
    refused = muster.run("send", "a", "say:" + "x" * 1000, exits=1)
    chat = muster.run("attach", "a", said=b"say:" + b"y" * 1000)

    assert "cannot send to a: " in refused.err
    assert "* not taken: " in chat.out
    assert len(world.heard()) == 1


def test_a_session_that_nobody_knows_is_not_waited_for(world: World, muster: FrontEnds) -> None:
    assert "no file declares it" in muster.run("send", "a", "hello", exits=1).err
