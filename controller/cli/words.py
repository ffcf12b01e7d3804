"""Words for completion, read cheaply: names of files and lines of profiles. A guess to type less, never a check."""

import os
import re
from pathlib import Path
from typing import Final

_AGENTS: Final = Path(__file__).parent.parent / "agents"
_MODEL: Final = re.compile(r"^\s*(?:- )?\{?\s*(?:- )?name: ([^\s,}]+)", re.MULTILINE)
_NAME: Final = re.compile(r"[A-Za-z0-9+][A-Za-z0-9+\-_.@]{0,127}")
_CLASSES: Final = ("fast", "balanced", "powerful")


def directories() -> list[Path]:
    """Return the directory that settings would choose; settings itself costs pydantic (a test compares them)."""
    if said := os.environ.get("MUSTER_SESSIONS_DIR"):
        return [Path(said)]
    config = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    places = [Path("sessions.d"), config / "muster" / "sessions.d", Path("/etc/muster/sessions.d")]
    return [next((place for place in places if place.is_dir()), places[0])]


def sessions(places: list[Path]) -> list[str]:
    """Return the stems of session files that are names: a shell would run what stands in some others."""
    names: set[str] = set()
    for place in places:
        if place.is_dir():
            found = (entry.name for entry in os.scandir(place))
            stems = (name.rpartition(".")[0] for name in found if name.endswith((".yaml", ".yml")))
            names.update(filter(_NAME.fullmatch, stems))
    return sorted(names)


def agents() -> list[str]:
    """Return the agents that are built in."""
    return sorted(path.stem for path in _profiles())


def models() -> list[str]:
    """Return the classes and all models that built-in profiles offer."""
    found = set(_CLASSES)
    for path in _profiles():
        _, _, offered = path.read_text(encoding="utf-8").partition("offered:")
        found.update(_MODEL.findall(offered))
    return sorted(found)


def _profiles() -> list[Path]:
    """Return the built-in profiles; the folder also holds the built-in fleet."""
    return [path for path in _AGENTS.glob("*.yaml") if not path.name.startswith("_")]
