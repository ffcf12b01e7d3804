"""What the embedded agent keeps on disk: its transcript and its entry in the registry."""

from __future__ import annotations

import json
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path

VERSION = "1.0.0"


def home() -> Path:
    """Find the directory that holds all transcripts and the registry."""
    chosen = os.environ.get("MUSTER_DEMO_HOME")
    return Path(chosen) if chosen else Path.home() / ".muster-demo"


class Transcript:
    """One conversation as JSONL, a record a line, only ever appended to."""

    def __init__(self, session_id: str, cwd: str) -> None:
        """Name the file by directory and id; it is created by the first record."""
        slug = re.sub(r"[^A-Za-z0-9]", "-", cwd)
        self._path = home() / "projects" / slug / f"{session_id}.jsonl"
        self._session_id = session_id
        self._cwd = cwd

    def turns(self) -> list[dict[str, str]]:
        """Read the `user` and `assistant` records, passing over lines that a crash left half-written."""
        return [record for record in records(self._path) if record["type"] in {"user", "assistant"}]

    def append(self, kind: str, **fields: str) -> None:
        """Add one record durably, in one write, so that a crash cannot mix two records."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(file).st_size == 0:
                os.write(file, self._line("meta", {"cwd": self._cwd, "version": VERSION}))
            # A half-written last line stays as it is; only the next record is kept apart from it.
            gap = b"" if _ends_a_line(file) else b"\n"
            os.write(file, gap + self._line(kind, fields))
            os.fsync(file)
        finally:
            os.close(file)

    def _line(self, kind: str, fields: dict[str, str]) -> bytes:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        record = {"type": kind, "sessionId": self._session_id, "timestamp": now, **fields}
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"


class Registry:
    """This process's entry among the running sessions; stale after SIGKILL, like any registry."""

    def __init__(self, session_id: str, cwd: str) -> None:
        """Describe the process; nothing is written before the first status."""
        self._path = home() / "sessions" / f"{os.getpid()}.json"
        self._temporary = self._path.with_suffix(".json.tmp")
        self._entry = {
            "pid": os.getpid(),
            "procStart": _start_ticks(),
            "sessionId": session_id,
            "cwd": cwd,
            "startedAt": time.time(),
            "version": VERSION,
        }

    def say(self, status: str, **detail: str) -> None:
        """Publish a status; a reader sees the old entry or the new one, never a part."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        entry = {**self._entry, "status": status, "statusUpdatedAt": time.time(), **detail}
        self._temporary.write_text(json.dumps(entry), encoding="ascii")
        self._temporary.replace(self._path)

    def remove(self) -> None:
        """Take the entry away; safe to call at any moment, also in the middle of `say`."""
        self._temporary.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)


def records(path: Path) -> list[dict[str, str]]:
    """Read all records of a transcript, of which every one has a `type`; none where there is no file."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    return [record for record in map(_record, lines) if record]


def _record(line: bytes) -> dict[str, str]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return {"type": "", **record} if isinstance(record, dict) else {}


def _ends_a_line(file: int) -> bool:
    size = os.fstat(file).st_size
    return os.pread(file, 1, size - 1) == b"\n"


def _start_ticks() -> int | None:
    """Read when the kernel started this process; None where there is no /proc."""
    try:
        stat = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    # The command in field 2 may hold spaces, so the fields are counted from its closing bracket.
    return int(stat.rpartition(")")[2].split()[19])
