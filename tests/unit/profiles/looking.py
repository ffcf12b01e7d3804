"""A session of any agent as it is looked at, and files in which the agent's words stand."""

import os
from collections.abc import Callable
from pathlib import Path

from controller.model.clock import Now
from controller.model.observed import Observed, ProcessIdentity
from controller.model.record import SessionRecord
from controller.model.session import RuntimeKind
from controller.observe.eyes import Eyes
from controller.runtimes.identity import boot_id, identify
from tests.unit.profiles.reading import fixture

RECORDS = Path(__file__).resolve().parent / "records"
"""What real agents wrote, named by agent and version; prompts of the system cut out."""

Look = Callable[..., Observed]


def this_process() -> ProcessIdentity:
    """The one that the sessions of these tests run in."""
    mine = identify(os.getpid())
    assert mine
    return mine


def looker(tmp_path: Path, *, wall: float, process: ProcessIdentity | None = None) -> Look:
    """Return how to look at a session of an agent whose home is the test's own."""
    cwd = tmp_path / "w_1.x"
    cwd.mkdir(exist_ok=True)
    eyes = Eyes(lambda _name: None, {"HOME": str(tmp_path)})
    mine = process or this_process()
    born = mine.ticks / os.sysconf("SC_CLK_TCK")

    def seen(
        agent: str, conversation: str | None, *, lives: float = 1000.0, runtime: RuntimeKind | None = None
    ) -> Observed:
        """Look while the process has lived for some seconds."""
        record = SessionRecord(
            name="s", agent=agent, runtime=runtime, process=mine, conversation=conversation, cwd=str(cwd)
        )
        now = Now(wall=wall, boot=born + lives, boot_id=boot_id())
        return eyes.look({"s": record}, {agent: fixture(agent)}, {}, now=now)["s"]

    return seen
