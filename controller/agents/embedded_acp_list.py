"""The conversations that the embedded agent finds on disk, as an ACP client is told of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from acp import schema

from . import embedded_files as files

_TITLE = 60
"""Characters of the first sentence that fit into one line of a list."""


def listed(cwd: str | None) -> list[schema.SessionInfo]:
    """Return those of one directory, or of all; the last one used is first."""
    found = [info for path in files.home().glob("projects/*/*.jsonl") if (info := _info(path))]
    wanted = [info for info in found if cwd in {None, info.cwd}]
    return sorted(wanted, key=lambda info: info.updated_at or "", reverse=True)


def _info(path: Path) -> schema.SessionInfo | None:
    records = files.records(path)
    said = [record.get("text", "") for record in records if record["type"] == "user"]
    places = [record["cwd"] for record in records if record["type"] == "meta"]
    if not said or not places:
        return None
    used = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
    return schema.SessionInfo(session_id=path.stem, cwd=places[0], title=said[0][:_TITLE], updated_at=used)
