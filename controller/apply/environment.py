"""The environment of a session's process: the controller's, then ``env_file``, then ``env``, then the markers."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .. import log
from ..errors import MusterError
from ..model.observed import ProcessIdentity
from ..model.plan import Launch
from ..runtimes.identity import alive
from ..runtimes.proc import words_of
from ..runtimes.trust import read

NAME_MARKER: Final = "MUSTER_NAME"
NONCE_MARKER: Final = "MUSTER_NONCE"

_OURS: Final = re.compile(r"MUSTER_(?!DEMO_)|NOTIFY_SOCKET$|WATCHDOG_|LISTEN_(FDS|FDNAMES|PID)$|TMUX(_PANE)?$")
"""The controller's own settings and its service manager's sockets are not for sessions."""

_MOST: Final = 1 << 20
"""Bytes of an environment file; a program takes hardly more at its start."""
_LINE: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")


def build(
    launch: Launch, *, name: str, nonce: str, inherited: Mapping[str, str], places: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the whole environment of one launch.

    :param places: where this Muster's files are: a command that the agent runs is then about the same sessions.
    :raises MusterError: when ``env_file`` cannot be read or understood, its values are never in the message; when it
        lacks a name that the agent needs.
    """
    env = {key: value for key, value in inherited.items() if not _OURS.match(key)} | dict(places or {})
    if launch.env_file is not None:
        secrets = read_env_file(launch.env_file, cwd=launch.cwd)
        if launch.bounds and (names := launch.bounds.refused(secrets)):
            why = f"{', '.join(names)} may let an AI's session do more than it may"
            raise MusterError(f"cannot start {name}: {launch.env_file} has changed since it was judged: {why}")
        log.hide(secrets.values())  # an agent's last words may repeat them
        env |= secrets
    env |= dict(launch.env)
    log.hide_named(env)
    if missing := [key for key in launch.needs if not env.get(key)]:
        hint = "set it in the session's `env` or `env_file`, or in the controller's own environment"
        needed = ", ".join(missing)
        raise MusterError(f"cannot start {name}: {launch.agent} needs {needed} in its environment", hint=hint)
    return env | {NAME_MARKER: name, NONCE_MARKER: nonce}


def of_process(process: ProcessIdentity) -> dict[str, str]:
    """Return the environment that a process was started with; empty when it cannot be read any more."""
    found = (os.fsdecode(word).partition("=") for word in words_of(process.pid, "environ"))
    return {name: value for name, _, value in found if name} if alive(process) else {}


def read_env_file(said: str, *, cwd: str) -> dict[str, str]:
    """Read ``KEY=value`` lines; blank lines and ``#`` comments pass, one pair of quotes around a value is taken off.

    :raises MusterError: with file and line, never with a value.
    """
    path = Path(cwd, os.path.expanduser(said))  # noqa: PTH111 - a home that is not known stays as written, and is missing
    lines = _text(path).split("\n")  # splitlines would also cut at signs that a value may hold
    return dict(_pair(line.strip(), f"{path}:{number}") for number, line in enumerate(lines, 1) if _counts(line))


def _text(path: Path) -> str:
    """Return what a file says. Only of a regular file: a FIFO would hold up every session until somebody writes."""
    try:
        return read(path, _MOST).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise MusterError(f"cannot read env_file {path}: it is not UTF-8") from None
    except OSError as error:
        raise MusterError(f"cannot read env_file {path}: {error.strerror}") from error


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _pair(line: str, place: str) -> tuple[str, str]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise MusterError(f"cannot read env_file {place}: it is not KEY=value")
    key, value = match.group(1), match.group(2).strip()
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return key, value[1:-1] if quoted else value
