"""What the runs came to: a JSON file an agent and runtime; the last run of each, and the one that the README shows."""

import json
from pathlib import Path
from typing import Any, Final

from .install import CACHE
from .scenario import ALL_SWITCHES, Story

LAST: Final = CACHE / "results"
"""Of the runs on this machine; git knows nothing of them."""
KEPT: Final = Path("tests/e2e/results")
"""Of the runs that the README and the profiles' ``proven`` rest on, from the root of the repository."""


def read(place: Path) -> dict[str, Any]:
    """Every story in a directory, by its file's name: the agent's, and the runtime's where it is not a terminal."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(place.glob("*.json"))}


def note(story: Story, place: Path = LAST) -> None:
    """Put a story in the place of the agent's former one."""
    place.mkdir(parents=True, exist_ok=True)
    name = story.agent if story.runtime == "tmux" else f"{story.agent}.{story.runtime}"
    (place / f"{name}.json").write_text(json.dumps(story.as_json(), indent=1) + "\n")


def whole(story: dict[str, Any]) -> bool:
    """Tell whether a run was the whole scenario, and not the shorter one of CI."""
    return int(story["planned"]) == ALL_SWITCHES


def passed(story: dict[str, Any]) -> bool:
    """Tell whether a run proves its version: every step; the README tells with how many switches in a row."""
    return len(story["steps"]) == story["of"] and all(step["passed"] for step in story["steps"])


def take(root: Path, last: Path = LAST) -> list[str]:
    """Copy the last whole runs to where git sees them; gives their names."""
    names = [name for name, story in read(last).items() if whole(story)]
    for name in names:
        (root / KEPT).mkdir(exist_ok=True)
        (root / KEPT / f"{name}.json").write_bytes((last / f"{name}.json").read_bytes())
    return names
