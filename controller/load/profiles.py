"""The agents: built-in profiles from the package, and what the fleet lays over them or adds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..model.problem import Code
from ..model.profile import Profile
from ..resolve.models import offered
from .check import check
from .document import Document, Fault
from .near import listed


def built_in_contents() -> dict[str, bytes]:
    """Return the package's data: file name to content. ``_fleet.yaml`` is the built-in fleet, all else are profiles."""
    from importlib.resources import files  # a package's data, wherever the package was installed

    folder = files(f"{__package__.rpartition('.')[0]}.agents")
    return {item.name: item.read_bytes() for item in folder.iterdir() if item.name.endswith(".yaml")}


def profile_of(name: str, document: Document) -> tuple[Profile | None, tuple[Fault, ...]]:
    """Return the profile that a document means, or all that is wrong with it."""
    profile, faults = check(Profile, document)
    if profile is None:
        return None, faults
    faults = tuple(_placed(document, path, message) for path, message in _contradictions(name, profile))
    return (None, faults) if faults else (profile, ())


def lay_over(name: str, below: Document | None, fleet: Document) -> Document:
    """Return a profile's document with the fleet's overlay on it; places are those of the fleet's file."""
    here = f"agents.{name}"
    tree = {"name": name, **(below.tree if below else {})}
    merged = _merge(tree, fleet.tree["agents"][name])
    inside = {
        path.removeprefix(here).removeprefix("."): place for path, place in fleet.places.items() if _in(path, here)
    }
    return replace(fleet, json=json.dumps(merged).encode(), places=inside, bare={}, faults=())


def _in(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}.")


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one tree over another, key by key; a list or a value replaces what stood there."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _contradictions(name: str, profile: Profile) -> Iterator[tuple[str, str]]:
    """Give what the model cannot say: path and sentence."""
    models = profile.models
    if profile.name != name:
        yield "name", f"cannot take {profile.name} as name: the profile is called {name}"
    if profile.default_runtime not in profile.runtimes:
        there = listed(profile.runtimes) or "none"
        yield "default_runtime", f"cannot take {profile.default_runtime} as default_runtime: runtimes says {there}"
    words = {
        "models.default": models.default,
        **{f"models.classes.{key}": word for key, word in models.classes.items()},
    }
    for path, word in words.items():
        if word is not None and offered(word, profile, {}) is None:
            yield path, f"cannot take {word}: it is none of the models {name} offers"


def _placed(document: Document, path: str, message: str) -> Fault:
    """Return a fault at a path, or at the nearest thing around it that the document says."""
    while path and path not in document.places:
        path = path.rpartition(".")[0]
    place = document.places.get(path)
    return Fault(place.line if place else 0, place.column if place else 0, Code.WRONG_VALUE, message)
