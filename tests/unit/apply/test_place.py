"""Where an AI's session may start, judged when it does."""

from pathlib import Path

import pytest

from controller.apply import place
from controller.errors import MusterError
from controller.model.plan import Bounds, Launch
from tests.unit.apply.scene import launch


def bound(cwd: Path, *within: str) -> Launch:
    return launch(cwd=str(cwd), bounds=Bounds(names=(), within=within))


def test_a_link_that_was_turned_after_the_judgement_is_seen(tmp_path: Path, home: Path) -> None:
    """The place is what it leads to now; the launcher proves that it got there."""
    (tmp_path / "in").mkdir()
    (tmp_path / "link").symlink_to("in")
    assert place.judged("ann", bound(tmp_path / "link", str(tmp_path / "in"))) == str(tmp_path / "in")
    assert place.judged("ann", bound(home, "~")) == str(home)
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("/")
    with pytest.raises(MusterError, match="leads to / by now"):
        place.judged("ann", bound(tmp_path / "link", str(tmp_path / "in")))


def test_a_person_starts_where_they_like(tmp_path: Path) -> None:
    assert place.judged("ann", launch(cwd=str(tmp_path))) is None
    assert place.judged("ann", launch(cwd=str(tmp_path), bounds=Bounds(names=(), within=None))) is None
