"""What the embedded agent is asked: its arguments, its environment, and what it refuses."""

from __future__ import annotations

import argparse
import os
import re

from . import embedded_files as files
from . import embedded_talk as talk

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FAULTS = frozenset(
    {
        "ignore-term",
        "die-at-once",
        "refuse-model",
        "refuse-resume",
        "wrong-model",
        "forks-helper",
        "no-model-channel",
        "legacy-models-only",
        "survives-stdin-close",
    }
)
_THINK_SECONDS = "0.6"


class Refused(Exception):
    """The conversation cannot be held as asked; carries the exit code."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        """Keep the sentence for the person and the code for the caller."""
        super().__init__(message)
        self.exit_code = exit_code


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    command = argparse.ArgumentParser(
        prog="embedded-agent",
        description="A small agent that holds one conversation, a line a turn.",
        allow_abbrev=False,
    )
    version = f"embedded-agent {files.VERSION}"
    command.add_argument("--version", action="version", version=version)
    command.add_argument("--list-models", action="store_true", help="one id a line, cheapest first")
    command.add_argument("--model", metavar="NAME", default=talk.DEFAULT_MODEL)
    which = command.add_mutually_exclusive_group()
    which.add_argument("--session-id", metavar="UUID", help="create a conversation with this id")
    which.add_argument("--resume", metavar="UUID", help="go on with the conversation of this id")
    which.add_argument("--acp", action="store_true", help="speak ACP on stdin and stdout; --model is new sessions' own")
    command.add_argument("prompt", metavar="PROMPT", nargs="?", help="said first")
    return command


def faults() -> frozenset[str]:
    """Read the misbehaviour asked for; a misspelt one would make a test prove nothing."""
    asked = frozenset(os.environ.get("MUSTER_DEMO_FAULT", "").split(",")) - {""}
    if asked - _FAULTS:
        raise Refused(f"unknown fault: {', '.join(sorted(asked - _FAULTS))}", exit_code=2)
    return asked


def think_seconds() -> float:
    """Read how long each turn thinks."""
    text = os.environ.get("MUSTER_DEMO_THINK", _THINK_SECONDS)
    try:
        return float(text)
    except ValueError:
        raise Refused(f"not a number of seconds: {text}", exit_code=2) from None


def model(name: str) -> str:
    """Turn the name of a model into its id."""
    found = talk.model_id(name)
    if found is None:
        raise Refused(f"unknown model: {name}", exit_code=2)
    return talk.CHEAPEST_MODEL if "wrong-model" in faults() else found


def session_id(text: str) -> str:
    """Check an id that was given, and spell it as it is kept."""
    if not _UUID.fullmatch(text.lower()):
        raise Refused(f"invalid session ID: {text}")
    return text.lower()


def new_session_id() -> str:
    """Mint an id."""
    # Loading uuid costs a good part of a start, and most starts name their id.
    import uuid

    return str(uuid.uuid4())


def refuses(model: str) -> bool:
    """Tell whether the provider is to refuse a model."""
    return "refuse-model" in faults() and model != talk.CHEAPEST_MODEL
