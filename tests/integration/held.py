"""One session of the embedded agent, held by one keeper after another, with no controller anywhere."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from controller.runtimes.acp import journal
from controller.settings import self_spawn
from tests.integration.keeper.world import World, living
from tests.waiting import wait_for

AGENT = (*self_spawn("embedded-agent"), "--acp")
MODELS = ("mini", "midi", "maxi")


def wish(model: str) -> dict[str, Any]:
    """How a keeper is told a model: by its name, and by how the agent may call it."""
    return {"name": model, "value": model, "patterns": [model, rf"{model}-\d+"], "unlisted": False}


class Held(World):
    """What the keepers, and the agent itself, leave on disk and in the table of processes."""

    def __init__(self, place: Path, opened: contextlib.ExitStack, *, agent: Sequence[str] = AGENT) -> None:
        super().__init__(place, opened)
        self.home, self.cwd = place / "demo", place / "work"
        self.cwd.mkdir(parents=True)
        self._agent = list(agent)
        self._env = os.environ | {"MUSTER_DEMO_HOME": str(self.home), "MUSTER_DEMO_THINK": "0.02"}
        self._keepers: list[int] = []

    def up(self, model: str | None, conversation: str | None = None) -> None:
        """Start a keeper and wait until the conversation is open."""
        self.start(
            argv=self._agent,
            env=self._env,
            cwd=str(self.cwd),
            model=wish(model) if model else None,
            conversation=conversation,
            resume=conversation is not None,
        )
        self._keepers.append(self.keeper.pid)
        wait_for(lambda: self.keeper.poll() is not None or self.is_ready(), what="a keeper that is ready")
        assert self.keeper.poll() is None, "the keeper has ended"

    def is_ready(self) -> bool:
        """Whether the keeper that runs says that its conversation is open."""
        said = self.statement
        return (said.get("pid"), said.get("state")) == (self.keeper.pid, "ready")

    def down(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the keeper, and wait for its end and its agent's; gives its exit code."""
        self.keeper.send_signal(number)
        return self.gone()

    def gone(self) -> int:
        """Wait for the end of the keeper, and of all that it held."""
        code = self.ended()
        wait_for(lambda: not self.agents(), what="the end of the agent")
        return code

    def at_rest(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return (self.statement["queued"], self.statement["activity"]) == (0, "idle")

    def agents(self) -> list[int]:
        """What lives in the sessions of all keepers, besides themselves."""
        return [pid for keeper in self._keepers for pid in living(keeper) if pid != keeper]

    def journal(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The entries of the journal; a kill may have left half of one."""
        return [entry for entry in journal.read(self.journal_file) if kind in {None, entry["kind"]}]

    def transcript(self) -> list[dict[str, Any]]:
        """What the agent itself kept: who said what, on which model."""
        lines = [line for path in self.home.glob("projects/*/*.jsonl") for line in path.read_text().splitlines()]
        return [record for record in map(json.loads, lines) if record["type"] in {"user", "assistant"}]


@contextlib.contextmanager
def held(place: Path, model: str | None = "mini", **words: Any) -> Iterator[Held]:
    """A session that is open; what its keepers logged is shown where a test fails."""
    with contextlib.ExitStack() as opened:
        world = Held(place, opened, **words)
        try:
            world.up(model)
            yield world
        except AssertionError as failure:
            failure.add_note((place / "log").read_text()[-2000:])
            raise
