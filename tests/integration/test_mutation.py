"""The mutation check itself: what a test notices is killed, what none notices survives, the rest is no verdict."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.reading import write
from tests.mutation.mutations import Mutation
from tests.mutation.trial import CannotTry, Copy, Verdict

TEST = "from controller.guard import holds\n\n\ndef test_busy():\n    assert holds(True) == 'busy'\n"
TREE = {
    "controller/__init__.py": "",
    "controller/guard.py": "def holds(busy):\n    return 'busy' if busy else None\n\n\ndef unused():\n    return 1\n",
    "tests/test_guard.py": TEST,
    "tests/test_bad.py": "def test_bad():\n    assert False\n",
    "pyproject.toml": "",
}


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A copy of a tree with one guard, where a process namespace can be had."""
    if sys.platform != "linux" or subprocess.run(["unshare", "--pid", "--fork", "true"], check=False).returncode:
        pytest.skip("no process namespace can be had here")
    root = write(tmp_path / "tree", TREE)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Copy(root, tmp_path / "copy")


def broken(at: str, *tests: str) -> Mutation:
    return Mutation(breaks="it", at=at, returns="None", held_by=tests)


def test_what_a_test_notices_is_killed_and_the_tree_is_whole_again(copy: Copy) -> None:
    trial = copy.tried(broken("guard.py::holds", "test_guard.py"))

    assert (trial.verdict, trial.by) == (Verdict.KILLED, "test_guard.py::test_busy")
    assert (copy.place / "controller" / "guard.py").read_text() == TREE["controller/guard.py"]


def test_what_no_test_notices_survives(copy: Copy) -> None:
    assert copy.tried(broken("guard.py::unused", "test_guard.py")).verdict is Verdict.SURVIVED


def test_a_test_that_fails_anyway_proves_nothing(copy: Copy) -> None:
    assert copy.passes(["test_guard.py"]) is None
    assert "test_bad" in str(copy.passes(["test_bad.py"]))


def test_tests_that_cannot_be_run_are_no_verdict(copy: Copy) -> None:
    with pytest.raises(CannotTry):
        copy.tried(broken("guard.py::holds", "test_gone.py"))
