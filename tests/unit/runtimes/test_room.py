"""Is there room for one more start?"""

import resource
from pathlib import Path

import pytest

from controller.runtimes import room


def test_room_is_asked_for_and_given_back(tmp_path: Path) -> None:
    room.ask(tmp_path / "run")

    assert list((tmp_path / "run").iterdir()) == []


def test_too_few_descriptors_are_no_room(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = _next_descriptor()
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 3, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            room.ask(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
    assert _next_descriptor() == free


def _next_descriptor() -> int:
    with Path("/dev/null").open() as file:
        return file.fileno()
