"""A program asked a question in a scratch home: what it would write there is thrown away, and no key reaches it."""

import os
import signal
import site
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "VIRTUAL_ENV")
_MOVED: Final = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TMPDIR")
_MOST: Final = 1 << 20
"""Bytes of an answer that are read; the longest help known is 30 kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a program answered.

    :ivar code: its exit code, ``None`` when it did not end in time or could not be run.
    """

    code: int | None
    out: str = ""
    err: str = ""


def ask(command: Sequence[str], *, seconds: float, env: Mapping[str, str], path: str | None = None) -> Said:
    """Run a program to its end, or end it with all that it started. Blocking.

    :arg env: laid over the scratch environment: what makes the agent safe.
    :arg path: where its helpers are found; our own PATH without it.
    """
    with tempfile.TemporaryDirectory(prefix="muster-ask-", ignore_cleanup_errors=True) as scratch:
        return _run(command, Path(scratch), _environment(scratch, path) | dict(env), seconds)


def _environment(scratch: str, path: str | None) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    moved = dict.fromkeys(("HOME", *_MOVED), scratch)
    # Python's packages of this person lie in the home; a program installed there is to be found all the same.
    return kept | moved | {"PYTHONUSERBASE": site.getuserbase(), "TERM": "dumb", "NO_COLOR": "1"} | _said_path(path)


def _said_path(path: str | None) -> dict[str, str]:
    return {} if path is None else {"PATH": path}


def _run(command: Sequence[str], scratch: Path, env: Mapping[str, str], seconds: float) -> Said:
    out, err = scratch / ".muster-out", scratch / ".muster-err"
    try:
        with out.open("wb") as to, err.open("wb") as errors:  # files: a child left behind would hold a pipe open
            program = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=to,
                stderr=errors,
                cwd=scratch,
                env=env,
                start_new_session=True,
            )
    except OSError as error:
        return Said(code=None, err=str(error))
    try:
        code: int | None = program.wait(seconds)
    except subprocess.TimeoutExpired:
        code = None
    # The group is ours: while its leader is not waited for, or a member lives, its number is nobody else's.
    if code is None:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
    return Said(code=code, out=_text(out), err=_text(err))


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MOST).decode(errors="replace")
