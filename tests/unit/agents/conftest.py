"""A home of the embedded agent for each test, and no time to think."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def demo_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the place of its transcripts and its registry."""
    place = tmp_path / "demo-home"
    monkeypatch.setenv("MUSTER_DEMO_HOME", str(place))
    monkeypatch.setenv("MUSTER_DEMO_THINK", "0")
    return place
