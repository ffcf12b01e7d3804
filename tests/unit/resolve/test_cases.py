"""Case files: what files say -> which layer speaks and which model it gives. A new file is picked up by itself."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from controller.model.loaded import Fleet
from controller.model.record import LocalOverride
from controller.resolve.chain import resolve_model
from controller.resolve.layers import Sources
from tests.property.worlds import NOW, declared, fleet_spec, profile

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CASES = [(path.stem, case) for path in FILES for case in YAML(typ="safe", pure=True).load(path)]


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{stem}: {case['says']}") for stem, case in CASES])
def test_case(case: dict[str, Any]) -> None:
    """Each case says its own rule."""
    sources = Sources(
        declared=declared(**case["file"]),
        fleet=Fleet(spec=fleet_spec(**case.get("fleet", {})), marks={}),
        profile=profile(**case.get("agent", {})),
        overlaid=case.get("overlaid"),
        local_override=LocalOverride(**case["local"]) if "local" in case else None,
        now=NOW,
    )
    found = resolve_model(sources, case.get("last_good"))
    winner = found.winner
    gives = {
        "layer": winner.name.value if winner else None,
        "model": found.model,
        "note": winner.note if winner else None,
        "ceiling": found.ceiling,
        "trouble": found.trouble,
    }
    assert {key: gives[key] for key in case["gives"]} == case["gives"]
