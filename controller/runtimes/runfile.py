"""What launchers wrote before they became agents: records that rebuild a lost state (design 3.3)."""

import fcntl
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..model.observed import ProcessIdentity
from ..model.session import RuntimeKind
from . import trust
from .base import RunFile

_SUFFIX: Final = ".json"
_MOST: Final = 1 << 16
"""Bytes; ours have some hundred."""
_ORDER: Final = re.compile(r"\.[0-9a-f]{32}\.(order|spec|report)$")
"""What one launch is told, and where it answers: by session and nonce."""
_PIDS: Final = 1 << 31
"""The system's own type for a pid ends there."""


def run_files(run_dir: Path) -> Mapping[str, RunFile]:
    """Return every run file that can be read, by session; what is garbage is passed over."""
    try:
        names = [name for name in os.listdir(run_dir) if name.endswith(_SUFFIX)]
    except FileNotFoundError:
        return {}
    found = (read_run_file(run_dir, name.removesuffix(_SUFFIX)) for name in sorted(names))
    return {file.name: file for file in found if file is not None}


def read_run_file(run_dir: Path, name: str) -> RunFile | None:
    """Return a session's run file, ``None`` when there is none or it says nothing valid."""
    try:
        said = json.loads(trust.read(f"{run_dir}/{name}{_SUFFIX}", _MOST))
        identity = {key: said[key] for key in ("boot_id", "pid", "ticks", "nonce")}
        texts = {key: said[key] for key in ("agent", "asked_model", "cwd")}
        conversation = said["conversation"]
        runtime = RuntimeKind(said["runtime"])
        process = ProcessIdentity.model_validate(identity, strict=True)
    except (FileNotFoundError, trust.Unfit, ValueError, KeyError, TypeError, RecursionError):
        return None
    if (
        said.get("name") != name
        or not 0 < process.pid < _PIDS
        or not all(isinstance(text, str) for text in (*texts.values(), conversation or ""))
    ):
        return None
    return RunFile(name=name, process=process, runtime=runtime, conversation=conversation, **texts)


def forget_orders(run_dir: Path) -> None:
    """Remove what earlier controllers did not live to hand over: an agent's secrets are in it.

    Only for who holds the controller's lock. A launcher that comes for it now starts nothing, and the next pass does.
    """
    with suppress(FileNotFoundError):
        for name in filter(_ORDER.search, os.listdir(run_dir)):
            (run_dir / name).unlink(missing_ok=True)


def forget(run_dir: Path, name: str) -> bool:
    """Remove a session's files from the run directory; false, and nothing removed, while its lock is held."""
    lock = run_dir / f"{name}.lock"
    lock.touch(mode=0o600)
    with lock.open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        for kind in ("json", "nonce", "token", "in", "pane", "keeper", "lock"):
            (run_dir / f"{name}.{kind}").unlink(missing_ok=True)
    return True
