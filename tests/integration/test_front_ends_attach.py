"""`muster attach` to a session without a terminal: a chat in lines, for a person and for a pipe."""

import contextlib
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from controller.settings import self_spawn
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


class Person:
    """Somebody at a terminal; what they see is kept."""

    def __init__(self, muster: FrontEnds) -> None:
        self._ours, its = pty.openpty()
        os.set_blocking(self._ours, False)
        env = muster.env | {"TERM": "xterm", "NO_COLOR": "1"}
        # A session of its own, with the terminal as its own: Ctrl-C goes to who is there.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *self_spawn("attach", "a")], env=env, stdin=its, stdout=its, stderr=its
        )
        os.close(its)
        self._seen = bytearray()

    @property
    def screen(self) -> str:
        with contextlib.suppress(OSError):  # Linux says EIO when the last writer has gone
            while more := os.read(self._ours, 65536):
                self._seen += more
        return self._seen.decode().replace("\r\n", "\n")

    def sees(self, text: str) -> None:
        wait_for(lambda: text in self.screen, what=f"{text!r} in {self.screen!r}")

    def types(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def leaves(self, code: int = 0) -> str:
        wait_for(lambda: (self.screen, self.process.poll())[1] is not None, what="the chat's end")
        assert self.process.returncode == code
        return self.screen

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def person(world: World, muster: FrontEnds) -> Iterator[Person]:
    """A person at a session that is open."""
    world.ready()
    made = Person(muster)
    made.sees("== a on small")
    yield made
    made.close()


def test_a_person_asks_and_hears(person: Person, world: World) -> None:
    """What they typed stands there once, as they typed it."""
    person.types("say:hello\n")
    person.sees("-- small")
    person.types("\x04")

    assert person.leaves() == (
        "== conversation C\n== a on small; /help tells the words\nsay:hello\nhello\n-- small\n"
    ).replace("C", world.conversation)
    assert world.statement["state"] == "ready"


def test_others_are_heard_too(person: Person, world: World) -> None:
    """What they say, and what they are answered."""
    world.client().said_and_done("say:hello")
    person.sees("> say:hello\nhello\n-- small\n")


def test_what_was_said_before_is_shown(world: World, muster: FrontEnds) -> None:
    """The last turns of it."""
    client = world.joined()
    for number in range(5):
        client.said_and_done(f"say:{number}")

    assert muster.run("attach", "a").out == (
        "".join(f"> say:{number}\n{number}\n-- small\n" for number in (2, 3, 4))
        + "== a on small; /help tells the words\n"
    )


def test_a_program_hears_the_answers_to_all_it_says(world: World, muster: FrontEnds) -> None:
    """Its end of input comes long before."""
    world.ready()
    out = muster.run("attach", "a", said=b"say:one\n\nsay:two").out

    assert "\none\n-- small\n" in out
    assert out.endswith("\ntwo\n-- small\n")
    assert out.count("> say:") == 2


def test_who_leaves_at_once_has_said_it_all_the_same(world: World, muster: FrontEnds) -> None:
    world.ready()
    muster.run("attach", "a", said=b"say:hello\n/quit\nsay:more\n")

    wait_for(lambda: world.statement["turns"] == 1, what="the turn")
    assert [text for text, _ in world.heard()] == ["say:hello"]


def test_ctrl_c_cancels_the_turn_and_not_the_chat(person: Person, world: World) -> None:
    person.types("say:first hold\n")
    person.sees("\nfirst")
    person.types("\x03")
    person.sees("-- small, cancelled")
    person.types("\x03")
    person.sees("no turn runs; Ctrl-D leaves")
    person.types("/quit\n")
    person.leaves()

    assert world.statement["turns"] == 1


def test_who_thinks_better_of_it_at_once_is_heard(world: World, muster: FrontEnds) -> None:
    """The prompt may wait or run by then."""
    world.ready()
    with muster.going(world.place / "out", "attach", "a") as command:
        assert command.stdin
        command.stdin.write(b"hold\n")
        command.stdin.flush()
        wait_for(lambda: world.journal("prompt"), what="the prompt")
        command.send_signal(signal.SIGINT)
        wait_for(lambda: [end["stop_reason"] for end in world.journal("turn_end")] == ["cancelled"], what="its end")


def test_cancel_drops_what_waits_before_what_runs(person: Person, world: World) -> None:
    other = world.client()
    turn = other.prompt("hold")
    person.sees("> hold")
    person.types("say:mine\n")
    world.wait(queued=1)
    person.types("/cancel\n")
    world.wait(queued=0, activity="busy")
    person.types("/cancel\n")

    assert other.end(turn)["stopReason"] == "cancelled"
    assert [text for text, _ in world.heard()] == ["hold"]
    assert "no turn runs" not in person.screen


def test_a_turn_that_began_long_ago_is_cancelled_too(world: World, muster: FrontEnds) -> None:
    """What was said since is all that is shown."""
    client = world.joined()
    turn, *_ = [client.prompt(text) for text in ("hold", "say:1", "say:2", "say:3")]
    world.wait(queued=3)
    with contextlib.closing(Person(muster)) as person:
        person.sees("== a on small")
        person.types("/cancel\n")

        assert client.end(turn)["stopReason"] == "cancelled"
        assert "no turn runs" not in person.screen


def test_a_question_is_answered_by_its_number(person: Person, world: World) -> None:
    person.types("ask\n")
    person.sees("? rm\n  1 allow_always   2 allow_once   3 reject_once\n")
    person.types("4\n")
    person.sees("has no answer 4")
    person.types("3\n")
    person.sees('"optionId": "reject_once"')
    person.sees("-- small")
    person.types("3\n")
    wait_for(lambda: [text for text, _ in world.heard()] == ["ask", "3"], what="a number that is no answer")

    assert re.search(r"  reject_once \(attach [0-9a-f]{6}\)\n", person.screen)


def test_questions_are_asked_one_after_another(person: Person, world: World) -> None:
    """A number must not answer another question than the one above it."""
    person.types("ask:3\n")
    world.wait(asks=3)
    for number, title in enumerate(("rm", "rm 2", "rm 3"), start=1):
        person.sees(f"? {title}\n  1 allow_always   2 allow_once   3 reject_once\n")
        assert person.screen.count("? rm") == number
        person.types(f"{number}\n")
    person.sees("-- small")

    answers = [entry["outcome"]["optionId"] for entry in world.journal("permission_answer")]
    assert answers == ["allow_always", "allow_once", "reject_once"]


def test_a_question_that_was_asked_before_is_answered_too(world: World, muster: FrontEnds) -> None:
    """Nobody was there when it came up."""
    client = world.joined()
    turn = client.prompt("ask")
    world.wait(activity="waiting")
    with contextlib.closing(Person(muster)) as person:
        person.sees("1 allow_always")
        person.sees("== a on small")
        person.types("1\n")
        world.wait(asks=0)

        assert client.end(turn)["stopReason"] == "end_turn"


def test_a_question_that_another_answered_is_not_asked_any_more(person: Person, world: World) -> None:
    """A number is said to the agent again."""
    person.types("ask hold\n")
    person.sees("? rm")
    somebody = world.client(lambda _: {"outcome": {"outcome": "selected", "optionId": "allow_once"}})
    somebody.call("session/resume", sessionId=world.conversation)
    person.sees("  allow_once (front-end)")
    person.types("1\n")
    world.wait(queued=1)


def test_a_session_that_no_file_declares_has_no_model_to_be_told_or_set(person: Person, world: World) -> None:
    lines = ("/model", "/model large", "/reset", "/status")
    person.types("".join(f"{line}\n" for line in lines))
    wait_for(lambda: person.screen.count("no file declares it") == len(lines), what="an answer to each")
    person.types("/reset now\n")
    person.sees("* cannot read '/reset now': /reset takes no words\n  write //reset now to say it to the agent\n")

    assert world.heard() == []


def test_an_agents_own_command_of_the_same_name_is_reached(person: Person, world: World) -> None:
    """By one more slash, or a space before it."""
    person.types("//status\n /model x\n")
    wait_for(lambda: [text for text, _ in world.heard()] == ["/status", " /model x"], what="both prompts")


def test_statuses_are_told(person: Person, world: World) -> None:
    person.types("say:half hold\n")
    person.sees("\nhalf")
    switch = {"status_type": "model_switch", "from_model": "small", "to_model": "large"}
    world.client().call("_muster/note", text="Switching model to large", **switch)
    person.sees("half\n* Switching model to large\n")


def test_whoever_types_into_an_answer_ends_its_line(person: Person) -> None:
    person.types("say:half hold\n")
    person.sees("\nhalf")
    person.types("/help\n")
    person.sees("half/help\n/model          the model, which layer")


def test_words_that_are_not_ours_are_the_agents(person: Person, world: World) -> None:
    person.types("/compact now\n")
    person.sees("-- small")

    assert world.heard() == [("/compact now", "small")]


def test_an_agent_cannot_move_the_cursor(person: Person) -> None:
    person.types("say:\x1b[2Jhello\n")
    person.sees("\ufffd[2Jhello")


def test_a_session_that_ends_for_good_ends_the_chat(person: Person, world: World) -> None:
    """Nobody is there who would start it again."""
    world.kill()
    seen = person.leaves(1)

    assert "a has gone for now" in seen
    assert "no file declares it" in seen


def test_a_closed_terminal_ends_it(person: Person) -> None:
    person.process.send_signal(signal.SIGHUP)

    assert person.process.wait(30) == -signal.SIGHUP
