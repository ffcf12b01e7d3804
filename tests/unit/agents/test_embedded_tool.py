"""The embedded agent's one tool: what it runs is its child, and how that ended is its answer."""

import os

from controller.agents.embedded_tool import command, run


def test_only_what_asks_for_a_shell_is_run() -> None:
    assert command("$ echo hi") == "echo hi"
    assert command("what does $ mean?") is None


def test_the_answer_is_one_line_with_the_exit_code() -> None:
    assert run("echo one; echo two >&2; exit 3") == "exit 3: one two"
    assert run("echo $PPID") == f"exit 0: {os.getpid()}"
