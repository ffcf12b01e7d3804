"""Muster: one session file a program; the controller sees a change by itself.

Durability, verification and the settle time are on; rollout, limits and guards are opened wide.
"""

import json
import statistics
import time
from pathlib import Path

from benchmarks import tools
from benchmarks.peers.peer import Peer

COMMAND = tools.PYTHON.with_name("muster")

FLEET = """\
defaults: {{agent: sleeper, model: m0}}
tiers: {{"*": m0}}
origins: {{ai: m0}}
rollout: {{at_once: 1000000, pause: 0s, halt_after_failures: 1000000}}
guards: {{mass_change: {{percent: 100, at_least: 1000000}}, delete_grace: 60s}}
limits: {{running: 1000000, starts_at_once: 1000000}}
agents:
  sleeper:
    executables: ["{sleeper}"]
    version: []
    models: {{any_id: "[a-z0-9]+", default: m0}}
    default_runtime: process
    conversation: by-us
    unprompted: same-id
    activity: [none]
    runtimes:
      process:
        argv:
          - add: ["{{executable}}", "--model", "{{model}}"]
          - add: ["{{args}}"]
"""

SESSION = """\
model: {model}
runtime: process
args: [--name, {name}]
"""

UNSETTLED = frozenset({"starting", "pending"})
SETTLED_SECONDS = 60.0
PASSES = 2
PASSES_SECONDS = 95.0


class Muster(Peer):
    """`muster run` on a directory of N session files."""

    name = "muster"
    most = 10_000

    @classmethod
    def ready(cls) -> None:
        if not COMMAND.exists():
            raise tools.Missing(f"{COMMAND} is not there yet")

    def path(self, name: str) -> Path:
        return self.files / f"{name}.yaml"

    def text(self, name: str, model: str) -> str:
        return SESSION.format(name=name, model=model)

    def declare(self) -> None:
        (self.files / "_fleet.yaml").write_text(FLEET.format(sleeper=tools.SLEEPER))
        super().declare()

    def launch(self) -> None:
        self.arena.spawn(self._words("run"))

    def settled(self) -> None:
        deadline = time.monotonic() + SETTLED_SECONDS
        while time.monotonic() < deadline:
            time.sleep(1.0)
            shown = self.arena.call(self._words("status", "--json"))
            if shown.code == 0 and not UNSETTLED & _states(shown.output):
                return

    def status(self) -> list[str]:
        return self._words("status")

    def changes(self) -> list[str]:
        return self._words("plan")

    def help(self) -> list[str]:
        return [str(COMMAND), "--help"]

    def completion(self) -> list[str]:
        return [str(COMMAND), "completion", "words", "s"]

    def unchanged_pass(self) -> float | None:
        """The passes that the controller makes by its own timer; SIGHUP would add a scan of all processes."""
        seen: dict[int, float] = {}
        deadline = time.monotonic() + PASSES_SECONDS
        # The first that is read may be a pass that had something to do.
        while len(seen) <= PASSES and time.monotonic() < deadline:
            seen.update(self._last_pass())
            time.sleep(0.5)
        return statistics.median(list(seen.values())[1:]) if len(seen) > 1 else None

    def _last_pass(self) -> dict[int, float]:
        """Number and seconds of the last pass: the one place that knows the live file's shape."""
        try:
            live = json.loads((self._state / "live").read_text())
            return {int(live["passes"]): float(live["seconds"])}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    @property
    def _state(self) -> Path:
        return self.arena.root / "state"

    def _words(self, verb: str, *words: str) -> list[str]:
        places = ["--sessions-dir", str(self.files), "--state-dir", str(self._state)]
        return [str(COMMAND), verb, *places, *words]


def _states(output: str) -> set[str]:
    """The states of `status --json`; a line of the log may stand before it."""
    return {session["state"] for session in json.loads(output[output.index("{") :])["sessions"]}
