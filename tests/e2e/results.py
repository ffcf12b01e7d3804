"""What the last runs came to: one JSON file, an agent's entry replaced by its newest run."""

import json
from pathlib import Path
from typing import Any, Final

from .install import CACHE
from .scenario import Story

FILE: Final = CACHE / "results.json"


def read(path: Path = FILE) -> dict[str, Any]:
    """Every agent's last story."""
    return dict(json.loads(path.read_text())) if path.exists() else {}


def keep(story: Story, path: Path = FILE) -> None:
    """Put a story in the place of the agent's former one."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(read(path) | {story.agent: story.as_json()}, indent=1, sort_keys=True) + "\n")
