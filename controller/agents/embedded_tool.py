"""The one tool of the embedded agent: a shell's command, which is what agents spawn workers with."""

from __future__ import annotations

_SIGN = "$ "
_SECONDS = 120.0
"""A command that takes longer hangs; the turn goes on."""


def command(prompt: str) -> str | None:
    """Return the command that a prompt asks to be run; None for what is only said."""
    return prompt.removeprefix(_SIGN) if prompt.startswith(_SIGN) else None


def run(line: str) -> str:
    """Run a command to its end, as a child of the agent; return its exit code and what it printed, on one line."""
    import subprocess  # a thousand agents that are asked for none do not pay for it

    try:
        done = subprocess.run(  # noqa: S602 - a person or a model asks this agent for a shell's command
            line, shell=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    said = (done.stdout + done.stderr).decode(errors="replace")
    return " ".join([f"exit {done.returncode}:", *said.split()])
