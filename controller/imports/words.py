"""What the words of another system mean here: data, one YAML file a system beside its module."""

import json
from importlib.resources import files
from typing import TypeVar

from pydantic import Field

from ..model.base import FileValue


class Words(FileValue):
    """What every system's file says."""

    title: str
    files: list[str]
    """Where its records stand in a directory; patterns as in glob."""
    tables: dict[str, list[str]] = Field(default_factory=dict)
    """Tables of its databases, and the columns that are wanted, each combination once; all where none is said."""
    agents: dict[str, str] = Field(default_factory=dict)
    """Its words for agents, where they are not the profile's name."""
    drops: dict[str, list[str]] = Field(default_factory=dict)
    """Why fields of its records have no place here, and which."""

    @property
    def dropped(self) -> dict[str, str]:
        """Return the reason for each field that has no place here."""
        return {field: why for why, fields in self.drops.items() for field in fields}


_Words = TypeVar("_Words", bound=Words)


def words(system: str, kind: type[_Words]) -> _Words:
    """Return a system's words."""
    from ruamel.yaml import YAML  # 40 ms that only an import pays

    text = files(__package__).joinpath(f"{system}.yaml").read_text(encoding="utf-8")
    return kind.model_validate_json(json.dumps(YAML(typ="safe", pure=True).load(text)))
