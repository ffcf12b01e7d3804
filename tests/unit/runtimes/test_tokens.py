"""Tokens: which session a caller is, and for how long."""

import json
import os
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from controller.runtimes import orders, tokens
from controller.runtimes.base import StartFailed, StartOrder
from controller.runtimes.identity import identify


def launch(run_dir: Path, name: str, *, tools: bool = True) -> str:
    """Launch a session whose process is this one; gives its token."""
    order = StartOrder(
        name=name, nonce="n", argv=(), env={}, cwd="/", asked_model="m", agent="a", conversation=None, tools=tools
    )
    orders.make_current(order, run_dir)
    mine = identify(os.getpid())
    assert mine
    said = {"name": name, "runtime": "process", "agent": "a", "asked_model": "m", "conversation": None, "cwd": "/"}
    (run_dir / f"{name}.json").write_text(json.dumps(said | mine.model_dump() | {"nonce": "n"}))
    path = tokens.path_of(run_dir, name)
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize("name", ["boss", "a.b@c+d", "x.json", "n" * 128])
def test_token_stands_for_its_session_and_no_other(tmp_path: Path, name: str) -> None:
    launch(tmp_path, "other")
    assert tokens.bearer(tmp_path, launch(tmp_path, name)) == name


def test_no_launch_is_ordered_where_others_could_change_it(tmp_path: Path) -> None:
    """Whoever replaces an order between its writing and its reading has it run what they like."""
    tmp_path.chmod(0o777)
    with pytest.raises(StartFailed, match="others could change its order"):
        launch(tmp_path / "state" / "run", "boss")


def test_token_is_for_its_owner_alone(tmp_path: Path) -> None:
    launch(tmp_path, "boss")
    assert tokens.path_of(tmp_path, "boss").stat().st_mode & 0o777 == 0o600


def test_next_launch_has_another_token_and_ends_the_first(tmp_path: Path) -> None:
    first, second = launch(tmp_path, "boss"), launch(tmp_path, "boss")
    assert [tokens.bearer(tmp_path, one) for one in (first, second)] == [None, "boss"]


def test_launch_without_the_tools_leaves_no_token(tmp_path: Path) -> None:
    """A session that is no longer given them has none of an earlier launch either."""
    launch(tmp_path, "boss")
    assert launch(tmp_path, "boss", tools=False) == ""


def test_stop_takes_the_token_away(tmp_path: Path) -> None:
    token = launch(tmp_path, "boss")
    orders.make_none_current("boss", tmp_path)
    assert tokens.bearer(tmp_path, token) is None


def test_token_of_a_process_that_has_ended_says_nothing(tmp_path: Path) -> None:
    """Whoever reads it after a crash is not the session."""
    token = launch(tmp_path, "boss")
    file = tmp_path / "boss.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"ticks": 1}))
    assert tokens.bearer(tmp_path, token) is None


def test_forged_tokens_stand_for_nobody(tmp_path: Path) -> None:
    """Another's secret, none, a path for a name, what is no text, what is long."""
    mine, theirs = launch(tmp_path, "boss"), launch(tmp_path, "other")
    (tmp_path / "out.token").write_text("x")
    out = urlsafe_b64encode(b"../" + tmp_path.name.encode() + b"/out").decode().rstrip("=")
    forged = [f"{mine.partition('.')[0]}.{theirs.partition('.')[2]}", mine[:-1], f"{mine}x", mine.upper()]
    forged += ["", ".", "....", f"{out}.x", "\x00.x", "é.x", "_.x", "A" * 10_000, f"{'A' * 400}.{'B' * 400}"]
    assert [tokens.bearer(tmp_path, one) for one in forged] == [None] * len(forged)
