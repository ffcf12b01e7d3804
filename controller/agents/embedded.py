"""The embedded agent: a small real program that holds one conversation, a line a turn.

It stands in for an agent where none is installed, and behaves like one: it takes a model and a
conversation id, keeps a transcript that names the model of each reply, publishes its status, takes
its time to answer, knows the earlier words after a resume, and stops cleanly when told.

On a line of stdin: `/model` prints the model, `/model NAME` switches it, `/quit` ends; `ask me`
waits for a yes or no; anything else is a prompt ("take 5 seconds" makes its turn longer;
"what did I tell you?" lists the earlier sentences; "$ COMMAND" has it run a shell's command, as agents
with tools do, and tell how that ended). With `--acp` a program holds the conversation,
over the Agent Client Protocol.

Environment:
    MUSTER_DEMO_HOME    where transcripts and the registry are; `~/.muster-demo` without it
    MUSTER_DEMO_THINK   seconds of thought for each turn; 0.6 without it
    MUSTER_DEMO_FAULT   misbehaviour for tests, separated by commas:
        ignore-term     SIGTERM does nothing
        die-at-once     exits 3 at start
        refuse-model    is given no model but the cheapest: a turn on another one has no answer
        refuse-resume   knows no conversation, whatever `--resume` says
        wrong-model     uses the cheapest model, whatever it is asked
        forks-helper    starts a child in its own process group that outlives it
        no-model-channel      with `--acp`: neither lists nor takes a model
        legacy-models-only    with `--acp`: `models` and `session/set_model` instead of config options
        survives-stdin-close  with `--acp`: goes only by a signal
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from . import embedded_options as options
from . import embedded_talk as talk
from .embedded_conversation import Conversation
from .embedded_memory import Memory

_COMPANION = "import time; time.sleep(300)"
"""Longer than any test that looks for the helper, short enough to leave no litter for a day."""


def main(argv: list[str]) -> int:
    """Hold one conversation until the person leaves; return the exit code."""
    arguments = options.parser().parse_args(argv)
    if arguments.list_models:
        sys.stdout.write("".join(f"{name}\n" for name in talk.MODELS.values()))
        return 0
    try:
        return _converse(arguments)
    except options.Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return refusal.exit_code


def _converse(arguments: argparse.Namespace) -> int:
    if "die-at-once" in options.faults():
        return 3
    if arguments.acp:
        return _converse_with_a_program(arguments)
    memory, greeting = _resumed(arguments) if arguments.resume else _created(arguments)
    _stand(memory.registry.remove)
    try:
        Conversation(memory).hold(greeting, arguments.prompt)
    finally:
        memory.registry.remove()
    return 0


def _converse_with_a_program(arguments: argparse.Namespace) -> int:
    if arguments.prompt:
        raise options.Refused("a prompt comes over ACP, not as an argument", exit_code=2)
    # The SDK costs half a second of a start and 30 MB; a terminal has no need of it.
    from .embedded_acp import Agent, serve

    agent = Agent(options.model(arguments.model))
    _stand(agent.leave)
    try:
        return serve(agent)
    finally:
        agent.leave()


def _created(arguments: argparse.Namespace) -> tuple[Memory, str]:
    model = options.model(arguments.model)
    session_id = options.session_id(arguments.session_id or options.new_session_id())
    memory = Memory(session_id, model)
    if memory.sentences:
        raise options.Refused(f"session ID {session_id} is already in use")
    return memory, f"new session {session_id}, model {model}"


def _resumed(arguments: argparse.Namespace) -> tuple[Memory, str]:
    model = options.model(arguments.model)
    memory = Memory.known(arguments.resume, model)
    return memory, f"resumed {memory.session_id}: {len(memory.turns)} earlier messages, model {model}"


def _stand(leave: Callable[[], None]) -> None:
    """Prepare the process: stop at once and cleanly when told, in mid-turn too; what was not yet kept is lost."""

    def stop(number: int, _frame: FrameType | None) -> None:
        leave()
        # Raising would unwind through code that may yet write the registry again.
        os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    if "ignore-term" in options.faults():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "forks-helper" in options.faults():
        _fork_companion()


def _fork_companion() -> None:
    """Start a child that stays behind, as language servers and tools of real agents do."""
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    os.posix_spawn(sys.executable, [sys.executable, "-I", "-c", _COMPANION], os.environ, file_actions=quiet)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
