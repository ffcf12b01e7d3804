"""What only a controller of agents does: following their transcripts, and switches beyond the agent's own time.

``python -m benchmarks.agents [WORK...]``; no peer does any of it, so each work has a goal instead of a rival.
"""

import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import headless, processes, tools
from benchmarks.arena import Arena, lock
from benchmarks.looks import PATIENCE, controllers, minute, places, pss, wait

MUSTER = tools.PYTHON.with_name("muster")
FLEET = """\
defaults: {{agent: sleeper, model: m0}}
tiers: {{"*": m0}}
rollout: {{at_once: 1000000, pause: 0s}}
limits: {{running: 1000000, starts_at_once: 1000000}}
agents:
  sleeper:
    executables: [sleep]
    models: {{any_id: "[a-z0-9-]+", default: m0}}
    default_runtime: process
    activity: [transcript]
    runtimes: {{process: {{argv: [{{add: ["{{executable}}", infinity]}}]}}}}
    transcript:
      path: "{root}/transcripts/{{conversation}}.jsonl"
      user: [{{match: {{type: user}}}}]
      model: [{{match: {{type: assistant}}, value: model}}]
      ended: [{{match: {{type: ended}}}}]
      time: timestamp
"""
"""Agents that only sleep; what stands in their transcripts is written here."""

LARGE = 50 * 2**20
TAIL = 2 * 2**20
LINE_BYTES = 2048
TURNS = 15
RESTS = 1.5
"""Seconds until the embedded agent's idle is believed, twice over."""


def main() -> int:
    """Run the wanted works, all without a word; print a line a figure and keep them in .bench/agents.json."""
    names = sys.argv[1:] or list(WORKS)
    held = lock()
    processes.sweep(tools.RUN)
    tools.compiled()
    figures: dict[str, Any] = {}
    for name in names:
        with Arena(f"agents-{name}") as arena:
            for what, value in WORKS[name](arena).items():
                figures[what] = value
                print(f"{what}: {value:.3g}", flush=True)
    (tools.BENCH / "agents.json").write_text(json.dumps(figures, indent=1) + "\n")
    os.close(held)
    return 0


def noticed(arena: Arena) -> dict[str, float]:
    """Seconds from the record of an answer to the event that says verified; of ten sessions, one each."""
    _sessions(arena, 10)
    seconds = []
    for name, transcript in _transcripts(arena).items():
        _append(transcript, _record("user"), _record("assistant", model="m0"), _record("ended"))
        began = time.time()
        seconds.append(wait(lambda name=name: _verified(arena, name), f"{name} verified") - began)  # type: ignore[misc]
    return {"answer to verified, s": statistics.median(seconds)}


def idle(arena: Arena) -> dict[str, float]:
    """CPU of a minute over 1,000 sessions that keep transcripts and have long been idle."""
    _sessions(arena, 1000)
    old = (time.time() - 3600,) * 2
    for transcript in _transcripts(arena).values():
        _append(
            transcript, _record("user", hours=1), _record("assistant", hours=1, model="m0"), _record("ended", hours=1)
        )
        os.utime(transcript, old)
    time.sleep(200)  # what was started a moment ago is glanced at, ever more rarely
    return {"1,000 idle transcripts, CPU s a minute": minute(controllers(arena))[0]}


def appended(arena: Arena) -> dict[str, float]:
    """CPU and memory of a minute in which 100 transcripts of 50 MB grow by two lines a second; all turns go on."""
    _sessions(arena, 100)
    transcripts = list(_transcripts(arena).values())
    text = "x" * LINE_BYTES
    for transcript in transcripts:
        _append(transcript, b"")
        os.truncate(transcript, LARGE - TAIL)  # a hole costs no disk; nothing may read it, and the figure would tell
        _append(transcript, b"\n", _record("assistant", text=text, model="m0") * (TAIL // LINE_BYTES), _record("user"))
    wait(lambda: all(_verified(arena, name) for name in _transcripts(arena)), "the first reading")
    before = pss(arena)

    def grow() -> None:
        for transcript in transcripts:
            _append(transcript, _record("tool", text=text), _record("assistant", text=text, model="m0"))

    cpu, memory = minute(controllers(arena), each_second=grow)
    grown = (memory - before) / 2**20
    return {"100 growing transcripts, CPU s a minute": cpu, "their memory, MiB": memory / 2**20, "of it grown": grown}


def switch(arena: Arena) -> dict[str, float]:
    """Seconds from the edit of an idle session's file to the agent's first idle, less what it takes by itself."""
    arena.env["MUSTER_DEMO_HOME"] = str(arena.root / "demo")
    files = arena.root / "files"
    files.mkdir()
    (files / "_fleet.yaml").write_text("defaults: {agent: demo, model: mini}\nrollout: {pause: 0s}\n")
    _declare(files, "mini", prompt="remember me")
    arena.spawn([str(MUSTER), "run", *places(arena)])
    pid = _ready(arena, None)
    totals = []
    for turn in range(TURNS):
        time.sleep(RESTS)
        began = time.time()
        _declare(files, ("midi", "mini")[turn % 2], prompt="remember me")
        pid = _ready(arena, pid)
        totals.append(_said(arena, pid)["statusUpdatedAt"] - began)
    own = [_by_itself(arena) for _ in range(TURNS)]
    total, alone = statistics.median(totals), statistics.median(own)
    return {"edit to first ready, s": total, "the agent's own stop and start, s": alone, "beyond it, s": total - alone}


WORKS: dict[str, Callable[[Arena], dict[str, float]]] = {
    "noticed": noticed,
    "switch": switch,
    "appended": appended,
    "idle": idle,
    "in-place": headless.in_place,
    "keepers": headless.keepers,
}


# ---- sessions that sleep


def _sessions(arena: Arena, count: int) -> None:
    files = arena.root / "files"
    files.mkdir()
    (files / "_fleet.yaml").write_text(FLEET.format(root=arena.root))
    for number in range(count):
        (files / f"s{number:05d}.yaml").write_text("model: m0\n")
    arena.spawn([str(MUSTER), "run", *places(arena)])
    wait(lambda: len(_run_files(arena)) == count, f"{count} sessions")
    arena.check()


def _run_files(arena: Arena) -> list[Path]:
    return list((arena.root / "state" / "run").glob("s*.json"))


def _transcripts(arena: Arena) -> dict[str, Path]:
    """Where each session's transcript is to stand, by the conversation in its run file."""
    said = {file.stem: json.loads(file.read_bytes())["conversation"] for file in _run_files(arena)}
    return {name: arena.root / "transcripts" / f"{conversation}.jsonl" for name, conversation in said.items()}


def _record(kind: str, *, hours: float = 0.0, **words: str) -> bytes:
    at = datetime.fromtimestamp(time.time() - hours * 3600, UTC).isoformat()
    return json.dumps({"type": kind, "timestamp": at, "uuid": str(uuid.uuid4()), **words}).encode() + b"\n"


def _append(transcript: Path, *records: bytes) -> None:
    transcript.parent.mkdir(exist_ok=True)
    with transcript.open("ab") as file:
        file.write(b"".join(records))


def _verified(arena: Arena, name: str) -> float | None:
    """When the state was told; asked of the state itself, because a command would take longer."""
    with closing(sqlite3.connect(f"file:{arena.root}/state/state.db?mode=ro", uri=True)) as state:
        row = state.execute(
            "SELECT first FROM events WHERE session = ? AND type = 'model_verified'", (name,)
        ).fetchone()
    return float(row[0]) if row else None


# ---- the embedded agent


def _declare(files: Path, model: str, prompt: str) -> None:
    staged = files.parent / "staged.yaml"
    staged.write_text(f"agent: demo\nmodel: {model}\nruntime: process\nprompt: {prompt}\n")
    staged.replace(files / "s.yaml")


def _ready(arena: Arena, unlike: int | None) -> int:
    """Wait until another process than `unlike` says that it is idle and its turn is over; give its pid."""

    def there() -> int | None:
        for file in (arena.root / "demo" / "sessions").glob("*.json"):
            if file.stem != str(unlike) and _said(arena, int(file.stem)).get("status") == "idle":
                return int(file.stem)
        return None

    return int(wait(there, "the embedded agent"))


def _said(arena: Arena, pid: int) -> dict[str, Any]:
    try:
        return dict(json.loads((arena.root / "demo" / "sessions" / f"{pid}.json").read_bytes()))
    except (OSError, ValueError):
        return {}


def _by_itself(arena: Arena) -> float:
    """Seconds of the agent's own start, up to its first idle, and of its own stop."""
    argv = [str(tools.PYTHON), "-P", "-m", "controller", "embedded-agent", "--session-id", str(uuid.uuid4())]
    began = time.monotonic()
    process = subprocess.Popen(argv, env=arena.env, cwd=arena.root, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    wait(lambda: _said(arena, process.pid).get("status") == "idle", "the agent alone")
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    return time.monotonic() - began


if __name__ == "__main__":
    raise SystemExit(main())
