"""Profiles as tests read them: by the loader's own YAML, into the model."""

import json
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from controller.model.profile import Profile

ID = "0b54ec0c-5b0e-4c3c-9d3a-111111111111"
NOON = 1_800_000_000.0
ROOT = Path(__file__).resolve().parents[3]


@cache
def read(path: Path) -> Profile:
    return Profile.model_validate_json(json.dumps(YAML(typ="safe", pure=True).load(path)))


BUILT_IN = ROOT / "controller" / "agents"


def demo() -> Profile:
    return read(BUILT_IN / "demo.yaml")


def fixture(agent: str) -> Profile:
    """The profile of an agent that comes with Muster."""
    return read(BUILT_IN / f"{agent}.yaml")
