"""A copy of the tree in which one thing at a time is broken, and the tests that judge it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.mutation.mutations import Mutation

SECONDS = 600
"""For the tests of one mutation: one that hangs has been noticed, too."""
_PARTS = ("controller", "tests", "schemas", "sessions.d", "pyproject.toml")
_CONTAINED = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
_FIRST = ("sh", "-c", '"$@"; exit "$?"', "sh")
"""The first process of the namespace reaps what others leave behind, and has no parent: neither is a test's affair."""
_PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not e2e")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (?:tests/)?(.+?)(?: - |$)", re.MULTILINE)


class CannotTry(Exception):
    """No verdict: the machine or the tree is not fit for it."""


class Verdict(Enum):
    """What the tests said. SURVIVED: they all passed."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    HUNG = "killed (hung)"


@dataclass(frozen=True, slots=True)
class Trial:
    """One mutation, tried.

    :ivar by: the test that failed, where one did.
    """

    verdict: Verdict
    by: str
    seconds: float


class Copy:
    """The tree as it lies here, with what is not committed yet; never the tree itself."""

    def __init__(self, root: Path, place: Path) -> None:
        """Copy what git knows, and make sure that the copy is what is run there.

        :raises CannotTry: when it is not, or when no process namespace can be had.
        """
        self.place = place
        if shutil.which(_CONTAINED[0]) is None:
            raise CannotTry("cannot keep what is broken to itself: unshare (util-linux) is not here")
        command = ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard", "--", *_PARTS]
        listed = subprocess.run(command, check=True, capture_output=True)
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (source := root / name).is_file():
                target = place / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
        where = self._run("-P", "-c", "import controller, os; print(controller.__file__, os.getpid() < 10)")
        if where.stdout.split() != [str(place / "controller" / "__init__.py"), "True"]:
            raise CannotTry(f"cannot run the copy in a process namespace of its own: {where.stdout}{where.stderr}")

    def passes(self, tests: Sequence[str]) -> str | None:
        """Return ``None`` when these tests pass, else what they said: a test that fails anyway proves nothing."""
        try:
            done = self._tests(tests)
        except subprocess.TimeoutExpired as error:
            return str(error)
        return None if done.returncode == 0 else done.stdout + done.stderr

    def tried(self, mutation: Mutation) -> Trial:
        """Break it, run its tests, mend it.

        :raises CannotTry: when pytest could not run them.
        """
        path, began = self.place / mutation.file, time.monotonic()
        whole = path.read_text(encoding="utf-8")
        path.write_text(mutation.broken(whole), encoding="utf-8")
        try:
            done = self._tests(mutation.held_by)
        except subprocess.TimeoutExpired:
            return Trial(Verdict.HUNG, "", time.monotonic() - began)
        finally:
            path.write_text(whole, encoding="utf-8")
        failed = _FAILED.search(done.stdout)
        if done.returncode not in {0, 1, 2} or (done.returncode and not failed):
            raise CannotTry(f"cannot judge {mutation.breaks}: pytest ended with {done.returncode}:\n{done.stdout}")
        verdict = Verdict.KILLED if done.returncode else Verdict.SURVIVED
        return Trial(verdict, failed[1] if failed else "", time.monotonic() - began)

    def _tests(self, tests: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        return self._run(*_PYTEST, *(f"tests/{test}" for test in tests))

    def _run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        user = () if os.geteuid() == 0 else ("--user", "--map-current-user")
        # What the tests start finds the package by this path as well: ahead of where it is installed.
        env = os.environ | {"PYTHONPATH": str(self.place), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [*_CONTAINED, *user, *_FIRST, sys.executable, *words],
            cwd=self.place,
            env=env,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
