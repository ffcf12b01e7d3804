"""Where a directory is the conversation, a stranger in it is on the session's conversation."""

import os
from dataclasses import replace
from pathlib import Path

from controller.model.clock import Now
from controller.model.observed import Stranger
from controller.model.record import SessionRecord
from controller.observe.case import Around
from controller.observe.eyes import Eyes
from controller.runtimes.identity import boot_id, identify
from tests.unit.profiles.reading import fixture


def test_who_works_in_the_directory_is_seen_by_whatever_path(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "work")
    mine = identify(os.getpid())
    assert mine
    there = Stranger(identity=mine, agent="aider", cwd=str((tmp_path / "work").resolve()))
    others = (replace(there, agent="another"), replace(there, cwd=str(tmp_path)))
    record = SessionRecord(name="s", agent="aider", cwd=str(tmp_path / "link"))
    now = Now(wall=1.0, boot=1.0, boot_id=boot_id())
    eyes = Eyes(lambda _: None, {"HOME": str(tmp_path)})
    around = Around(strangers=(there, *others))
    seen = eyes.look({"s": record}, {"aider": fixture("aider")}, {}, around, now=now)["s"]

    assert seen.strangers == (there,)
