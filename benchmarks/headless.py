"""Sessions that keepers carry: a switch in place beside a restart, and what many of them cost at rest."""

import asyncio
import json
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks import processes, tools
from benchmarks.arena import Arena
from benchmarks.looks import controllers, minute, places, wait
from controller.runtimes.acp import door
from controller.settings import Settings

MUSTER = tools.PYTHON.with_name("muster")
FLEET = """\
defaults: {agent: demo, model: mini}
rollout: {at_once: 1000000, pause: 0s}
limits: {running: 1000000, starts_at_once: 4}
"""
TURNS = 15
KEEPERS = 200
MINUTES = 5


def in_place(arena: Arena) -> dict[str, float]:
    """Seconds from the replaced file to the model that the agent confirmed; and to ready again, where it has no way."""
    _start(arena, {"told": "", "restarted": "env: {MUSTER_DEMO_FAULT: no-model-channel}\n"})
    figures: dict[str, float] = {}
    for name, rest in (("told", ""), ("restarted", "env: {MUSTER_DEMO_FAULT: no-model-channel}\n")):
        figures[name] = statistics.median(_moved(arena, name, rest, turn) for turn in range(TURNS))
    for controller in arena.roots:
        processes.end(controller)
    own = statistics.median(asyncio.run(_answers(arena, "told")))
    return {
        "file to confirmed in place, s": figures["told"],
        "the agent's own answer, s": own,
        "beyond it, s": figures["told"] - own,
        "file to ready by restart, s": figures["restarted"],
    }


def keepers(arena: Arena) -> dict[str, float]:
    """CPU a minute of the controller and of the keepers, and a keeper's memory, with nothing to do."""
    _start(arena, {f"s{number:05d}": "" for number in range(KEEPERS)})
    time.sleep(200)  # what was started a moment ago is glanced at, ever more rarely
    held = [_statement(arena, f"s{number:05d}")["pid"] for number in range(KEEPERS)]
    before = processes.cost(held).cpu
    # Five, because the machine's processes are scanned for strangers once in five minutes.
    cpu = statistics.mean(minute(controllers(arena))[0] for _ in range(MINUTES))
    after = processes.cost(held)
    return {
        f"{KEEPERS} idle keepers: the controller, CPU s a minute": cpu,
        "a keeper, CPU s a minute": (after.cpu - before) / KEEPERS / MINUTES,
        "a keeper, MiB": after.pss / KEEPERS / 2**20,
    }


def _start(arena: Arena, sessions: dict[str, str]) -> None:
    arena.env["MUSTER_DEMO_HOME"] = str(arena.root / "demo")
    files = arena.root / "files"
    files.mkdir()
    (files / "_fleet.yaml").write_text(FLEET)
    for name, rest in sessions.items():
        _declare(arena, name, "mini", rest)
    arena.spawn([str(MUSTER), "run", *places(arena)])
    wait(lambda: all(_statement(arena, name).get("state") == "ready" for name in sessions), "keepers")


def _moved(arena: Arena, name: str, rest: str, turn: int) -> float:
    """Seconds of one switch, by the keeper's own clock, which is the machine's."""
    time.sleep(2.0)  # a restart's settle time, and the pulse of glances
    model, before = ("midi", "mini")[turn % 2], _statement(arena, name)
    began = time.time()
    _declare(arena, name, model, rest)

    def there() -> dict[str, Any] | None:
        said = _statement(arena, name)
        new = said.get("model_at") != before.get("model_at") or said.get("pid") != before.get("pid")
        return said if said.get("state") == "ready" and new else None

    said = wait(there, f"{name} on {model}")
    return float(said["model_at"] or said["since"]) - began


async def _answers(arena: Arena, name: str) -> list[float]:
    """How long the agent itself takes, as its keeper counts; nobody else may steer the session meanwhile."""
    peer = await door.connect(Settings(state_dir=arena.root / "state").keeper_socket(name))
    try:
        wishes = [{"name": model, "value": model, "patterns": [model]} for model in ("midi", "mini")]
        told = [await peer.request("_muster/set_model", wishes[turn % 2], 10.0) for turn in range(TURNS)]
    finally:
        await peer.close()
    return [float(answer["seconds"]) for answer in told]


def _statement(arena: Arena, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads((arena.root / "state" / "run" / f"{name}.keeper").read_bytes()))
    except (OSError, ValueError):
        return {}


def _declare(arena: Arena, name: str, model: str, rest: str) -> None:
    staged = Path(arena.root / "staged.yaml")
    staged.write_text(f"runtime: acp\nmodel: {model}\n{rest}")
    staged.replace(arena.root / "files" / f"{name}.yaml")
