"""The embedded agent: a small real program that holds one conversation, a line a turn.

It stands in for an agent where none is installed, and behaves like one: it takes a model and a
conversation id, keeps a transcript that names the model of each reply, publishes its status, takes
its time to answer, knows the earlier words after a resume, and stops cleanly when told.

On a line of stdin: `/model` prints the model, `/model NAME` switches it, `/quit` ends; `ask me`
waits for a yes or no; anything else is a prompt ("take 5 seconds" makes its turn longer;
"what did I tell you?" lists the earlier sentences).

Environment:
    MUSTER_DEMO_HOME    where transcripts and the registry are; `~/.muster-demo` without it
    MUSTER_DEMO_THINK   seconds of thought for each turn; 0.6 without it
    MUSTER_DEMO_FAULT   misbehaviour for tests, separated by commas:
        ignore-term     SIGTERM does nothing
        die-at-once     exits 3 at start
        refuse-resume   knows no conversation, whatever `--resume` says
        wrong-model     uses the cheapest model, whatever it is asked
        forks-helper    starts a child in its own process group that outlives it
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType

from . import embedded_options as options
from . import embedded_talk as talk
from .embedded_conversation import Conversation

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
    faults = options.faults()
    if "die-at-once" in faults:
        return 3
    conversation, greeting = _resumed(arguments) if arguments.resume else _created(arguments)
    _stop_on_signals(conversation, ignore_term="ignore-term" in faults)
    try:
        if "forks-helper" in faults:
            _fork_companion()
        conversation.hold(greeting, arguments.prompt)
    finally:
        conversation.registry.remove()
    return 0


def _created(arguments: argparse.Namespace) -> tuple[Conversation, str]:
    model = options.model(arguments.model)
    session_id = options.session_id(arguments.session_id or options.new_session_id())
    conversation = Conversation(session_id, model)
    if conversation.sentences:
        raise options.Refused(f"session ID {session_id} is already in use")
    return conversation, f"new session {session_id}, model {model}"


def _resumed(arguments: argparse.Namespace) -> tuple[Conversation, str]:
    model = options.model(arguments.model)
    session_id = options.session_id(arguments.resume)
    conversation = Conversation(session_id, model)
    if not conversation.sentences or "refuse-resume" in options.faults():
        raise options.Refused(f"no conversation found with session ID: {session_id}")
    said = f"{conversation.length} earlier messages"
    return conversation, f"resumed {session_id}: {said}, model {model}"


def _stop_on_signals(conversation: Conversation, *, ignore_term: bool) -> None:
    """Stop at once and cleanly when told, in mid-turn too; what was not yet kept is lost."""

    def stop(number: int, _frame: FrameType | None) -> None:
        conversation.registry.remove()
        # Raising would unwind through code that may yet write the registry again.
        os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    if ignore_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _fork_companion() -> None:
    """Start a child that stays behind, as language servers and tools of real agents do."""
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    os.posix_spawn(sys.executable, [sys.executable, "-I", "-c", _COMPANION], os.environ, file_actions=quiet)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
