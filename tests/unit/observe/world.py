"""A small world on disk: an agent's home with transcripts and registry files, as the embedded agent writes them."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.model.clock import Now
from controller.model.observed import Observed
from controller.model.profile import Profile
from controller.model.record import SessionRecord
from controller.observe.case import Around, Wanted
from controller.observe.eyes import Eyes
from controller.runtimes.base import RunFile
from controller.runtimes.identity import boot_id, identify
from tests.unit.profiles.reading import demo

CONVERSATION = "0b54ec0c-5b0e-4c3c-9d3a-111111111111"
WALL = 1_800_000_000.0
ME = identify(os.getpid())
assert ME is not None


def now(wall: float = WALL) -> Now:
    return Now(wall=wall, boot=1000.0, boot_id=boot_id())


def iso(wall: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(wall, UTC).isoformat().replace("+00:00", "Z")


def line(kind: str, wall: float = WALL, **fields: Any) -> str:
    return json.dumps({"type": kind, "timestamp": iso(wall), **fields}) + "\n"


def reply(model: str, wall: float = WALL) -> str:
    return line("assistant", wall, model=model)


@dataclass
class World:
    """One home; sessions run as this very process, which is alive for sure."""

    root: Path
    profile: Profile = field(default_factory=demo)
    run_files: dict[str, RunFile] = field(default_factory=dict)
    eyes: Eyes = field(init=False)

    def __post_init__(self) -> None:
        self.home = self.root / "agent"
        self.cwd = self.root / "work"
        self.cwd.mkdir(parents=True)
        self.eyes = Eyes(self.run_files.get, {"MUSTER_DEMO_HOME": str(self.home), "HOME": str(self.root)})

    @property
    def transcript(self) -> Path:
        slug = "".join(c if c.isalnum() and c.isascii() else "-" for c in str(self.cwd))
        path = self.home / "projects" / slug / f"{CONVERSATION}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def say(self, *lines: str) -> None:
        with self.transcript.open("a") as file:
            file.writelines(lines)

    def register(self, **fields: Any) -> Path:
        path = self.home / "sessions" / f"{os.getpid()}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        assert ME is not None
        entry = {
            "pid": ME.pid,
            "procStart": ME.ticks,
            "sessionId": CONVERSATION,
            "status": "idle",
            "statusUpdatedAt": WALL,
        }
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(entry | fields))
        temporary.replace(path)
        return path

    def record(self, **fields: Any) -> SessionRecord:
        known = {"agent": "demo", "process": ME, "conversation": CONVERSATION, "cwd": str(self.cwd)}
        return SessionRecord(name="s", **(known | fields))

    def look(
        self,
        record: SessionRecord | None = None,
        wanted: Wanted | None = None,
        around: Around | None = None,
        at: Now | None = None,
    ) -> Observed:
        records = {"s": record} if record or wanted is None else {}
        if record is None and wanted is None:
            records = {"s": self.record()}
        wishes = {"s": wanted} if wanted else {}
        return self.eyes.look(
            {k: v for k, v in records.items() if v}, {"demo": self.profile}, wishes, around or Around(), now=at or now()
        )["s"]
