"""Front ends under a live controller: what they said survives a restart, and a prompt brings its model."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.settings import self_spawn
from tests.integration.controller_world import PATIENCE, live
from tests.integration.headless_world import HEADLESS, HeadlessWorld, headless
from tests.waiting import wait_for

LONG = 120.0
"""Seconds for a session to come back and answer: its agent may have to be seen dead first, on a busy machine."""
SECRET = "the secret is Ada"
TOLD = "what did I tell you?"


@contextmanager
def running(world: HeadlessWorld, *words: str) -> "Iterator[tuple[subprocess.Popen[bytes], Path]]":
    """One command beside the test, and the file that it prints to."""
    out = world.root / "out"
    with out.open("wb") as file:
        command = subprocess.Popen(
            self_spawn(*words), env=world.env, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield command, out
    finally:
        command.kill()
        command.communicate()


def queued(world: HeadlessWorld, count: int) -> None:
    wait_for(
        lambda: (said := world.statement("alice")) and said.queued == count, PATIENCE, f"{count} prompts that wait"
    )


def restart(world: HeadlessWorld) -> None:
    """A person wants it now: the turn that runs is lost, what waits is not."""
    world.muster("restart", "alice", exits=None)
    world.muster("apply", "--now", "alice", exits=None)


def test_a_prompt_that_waits_is_answered_after_a_restart(short_path: Path) -> None:
    with headless(short_path, {"alice": HEADLESS}) as world:
        world.ask("alice", SECRET)
        before = world.pid("alice")
        world.muster("send", "alice", "take 600 seconds")
        wait_for(lambda: world.doing("alice") == "busy", PATIENCE, "a turn")
        with running(world, "send", "alice", "--wait", TOLD) as (command, out):
            queued(world, 1)
            restart(world)
            assert command.wait(LONG) == 0
        assert world.pid("alice") != before
        note, answer = out.read_text().splitlines()
        assert note == "alice has gone for now, perhaps for a restart: waiting for it"
        assert answer.startswith("[mini-1] You told me:")
        assert SECRET in answer
        assert [one["text"] for one in world.journal("alice", "prompt")].count(TOLD) == 1


def test_a_turn_that_dies_with_its_keeper_is_said_to_be_lost(short_path: Path) -> None:
    """Whoever waits hears it from the journal of the next one."""
    with headless(short_path, {"alice": HEADLESS}) as world:
        with running(world, "send", "alice", "--wait", "take 600 seconds") as (command, out):
            wait_for(lambda: world.journal("alice", "delivered"), PATIENCE, "a turn")
            keeper = world.pid("alice")
            assert keeper
            os.kill(keeper, signal.SIGKILL)
            assert command.wait(LONG) == 1
        assert "failed: interrupted" in out.read_text()


def test_a_chat_goes_on_after_a_restart(short_path: Path) -> None:
    """What is said meanwhile waits for the session."""
    with headless(short_path, {"alice": HEADLESS}) as world:
        world.ask("alice", SECRET)
        with running(world, "attach", "alice") as (command, out):
            assert command.stdin
            wait_for(lambda: "== alice on mini" in out.read_text(), PATIENCE, "the chat")
            keeper = world.pid("alice")
            assert keeper
            os.kill(keeper, signal.SIGKILL)
            wait_for(lambda: "alice has gone for now" in out.read_text(), PATIENCE, "the sentence")
            command.stdin.write(f"{TOLD}\n".encode())
            command.stdin.close()
            assert command.wait(LONG) == 0
        shown = out.read_text().splitlines()
        assert shown.count(f"> {SECRET}") == 1
        assert [line for line in shown if line.startswith("== alice on")] == [
            "== alice on mini; /help tells the words"
        ] * 2
        assert shown[-3:] == [f"> {TOLD}", f"[mini-1] You told me: {SECRET}", "-- mini"]


def test_a_chat_tells_the_model_and_edits_the_file(short_path: Path) -> None:
    """By the grammar of all channels; and the controller makes it so, in place."""
    with headless(short_path, {"alice": f"# hers\n{HEADLESS}", "bob": HEADLESS}) as world:
        before = {name: world.pid(name) for name in ("alice", "bob")}
        with running(world, "attach", "alice") as (command, out):
            assert command.stdin
            command.stdin.write(b"/model\n/model gigantic\n/model maxi\n")
            command.stdin.flush()
            wait_for(lambda: "Switching model to maxi" in out.read_text(), PATIENCE, "the switch")
            assert world.read("alice.yaml") == f"# hers\n{HEADLESS}".replace("mini", "maxi")
            command.stdin.write(b"/reset\n/status\n")
            command.stdin.flush()
            wait_for(lambda: "* alice goes back to " in out.read_text(), PATIENCE, "the way back")
            wait_for(lambda: "* alice is " in out.read_text(), PATIENCE, "its state")
        shown = out.read_text()
        assert f"* alice is on mini (its own word, {world.sessions / 'alice.yaml'}:" in shown
        assert "* cannot use 'gigantic': demo does not offer it\n> mini" in shown
        assert "* alice is set to maxi, its own word from now on\n" in shown
        assert "model" not in world.read("alice.yaml")
        assert world.read("bob.yaml") == HEADLESS
        assert {name: world.pid(name) for name in before} == before


def test_a_prompt_brings_its_model(short_path: Path) -> None:
    """It becomes the model of the file, and the prompt is answered by it."""
    with headless(short_path, {"alice": HEADLESS}) as world:
        world.ask("alice", SECRET)
        before = world.pid("alice")
        ran = world.muster("send", "alice", "--wait", "--model", "maxi", TOLD)
        assert ran.out.splitlines()[-1] == f"[maxi-1] You told me: {SECRET}"
        assert world.read("alice.yaml") == HEADLESS.replace("mini", "maxi")
        assert world.pid("alice") == before
        again = world.muster("send", "alice", "--wait", "--model", "maxi", TOLD)
        assert "says so already" in again.err


def test_a_prompt_with_a_model_waits_for_the_turn_that_runs(short_path: Path) -> None:
    with headless(short_path, {"alice": HEADLESS}) as world:
        world.muster("send", "alice", "take 2 seconds")
        wait_for(lambda: world.doing("alice") == "busy", PATIENCE, "a turn")
        world.muster("send", "alice", "--model", "maxi", TOLD)
        wait_for(lambda: len(world.journal("alice", "turn_end")) == 2, PATIENCE, "both turns")
        assert [turn["model"] for turn in world.journal("alice", "turn_end")] == ["mini", "maxi"]


def test_a_prompt_with_a_model_for_the_next_prompt_is_that_prompt(short_path: Path) -> None:
    """It waits for nothing but the keeper's knowing."""
    later = f"{HEADLESS}update: {{when: next-prompt}}\n"
    with headless(short_path, {"alice": later}) as world:
        world.muster("send", "alice", "take 600 seconds")
        wait_for(lambda: world.doing("alice") == "busy", PATIENCE, "a turn")
        world.muster("send", "alice", "--model", "maxi", TOLD)
        assert world.doing("alice") == "busy"
        said = world.statement("alice")
        assert said
        assert (said.model, said.wish, said.queued) == ("mini", "maxi", 1)


def test_a_model_that_cannot_be_is_refused_and_nothing_is_sent(short_path: Path) -> None:
    with headless(short_path, {"alice": HEADLESS}) as world:
        assert "does not offer it" in world.muster("send", "alice", "--model", "gigantic", TOLD, exits=1).err
        world.muster("override", "midi", "--for", "1h")
        world.muster("apply")
        refused = world.muster("send", "alice", "--model", "maxi", TOLD, exits=4)
        assert "an override says midi" in refused.err
        world.stop()
        world.muster("override", "--clear")
        assert "no controller runs here" in world.muster("send", "alice", "--model", "maxi", TOLD, exits=1).err
        assert world.journal("alice", "prompt") == []


def test_a_session_that_is_stopped_is_not_waited_for(short_path: Path) -> None:
    with headless(short_path, {"alice": HEADLESS}) as world:
        world.muster("stop", "alice")
        world.down("alice")
        for words in (("send", "alice", TOLD), ("attach", "alice"), ("acp", "alice")):
            assert "cannot talk to alice: it does not run" in world.muster(*words, exits=1).err


def test_what_only_a_keeper_can_do_is_refused_elsewhere(short_path: Path) -> None:
    with live(short_path, files={"alice": "runtime: process\nmodel: mini\n"}) as world:
        for options in (("--wait",), ("--model", "maxi"), ("--json",)):
            refused = world.muster("send", "alice", *options, TOLD, exits=1).err
            assert f"cannot send with {options[0]}" in refused
        assert "more than one line" in world.muster("send", "alice", "one\ntwo", exits=1).err
        assert "its runtime is process, not acp" in world.muster("acp", "alice", exits=1).err
        assert world.turns("alice") == []
