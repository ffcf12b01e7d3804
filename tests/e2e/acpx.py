"""An ACP client that others wrote, as a person uses it: in a directory, with a command of ours as its agent."""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from .install import PACKAGES

MUSTER: Final = Path(sys.executable).with_name("muster")
_SECONDS: Final = 120


class Acpx:
    """It keeps a process of its own behind each session, until the session is closed."""

    def __init__(self, place: Path, *agent: str, **environment: str) -> None:
        package = PACKAGES["acpx"]
        # It puts its socket into /tmp, whatever TMPDIR says, and leaves the directory behind.
        self._left = Path("/tmp") / f"acpx-{hashlib.sha256(str(place).encode()).hexdigest()[:10]}"
        if not package.installed:
            pytest.fail(f"acpx {package.version} is not installed: make e2e")
        self.cwd = place / "work"
        self.cwd.mkdir(parents=True)
        path = os.pathsep.join([*map(str, package.path), os.environ["PATH"]])
        self._env = os.environ | {"HOME": str(place), "PATH": path} | environment
        self._command = [str(package.bin / "acpx"), "--agent", shlex.join(agent), "--cwd", str(self.cwd)]

    def run(self, *words: str, exits: int = 0, form: str = "quiet") -> str:
        """Return what it prints; in its quiet form that is an answer and nothing else."""
        done = subprocess.run(
            [*self._command, "--format", form, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=self._env,
            cwd=self.cwd,
        )
        assert done.returncode == exits, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout.strip() or done.stderr.strip()

    def close(self) -> None:
        """End its session and the process behind it."""
        try:
            self.run("sessions", "close")
        finally:
            shutil.rmtree(self._left, ignore_errors=True)

    def messages(self, *words: str) -> list[dict[str, Any]]:
        """Return what went over the wire."""
        return [json.loads(line) for line in self.run(*words, form="json").splitlines()]
