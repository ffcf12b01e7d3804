"""One real agent without a terminal: a keeper holds it, and what was said is read from the keeper's own journal."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from controller.model.event import EventType
from controller.record.journal import Journal
from controller.record.store import Access, Store
from controller.wire.statement import State, Statement
from tests.integration.headless_world import HeadlessWorld
from tests.waiting import wait_for

from .acp_front import FrontEnd
from .acp_rows import AcpRow
from .model_server.server import ModelServer
from .wire_world import NAME, PATIENCE, WireWorld, gone


class AcpWorld(WireWorld, HeadlessWorld):
    """A session of one agent behind a keeper. The session's pid is the keeper's; the agent leads a group of its own."""

    row: AcpRow

    def __init__(self, root: Path, row: AcpRow, server: ModelServer) -> None:
        super().__init__(root, row, server)
        self._theirs: dict[str, bytes | None] = {}
        self._fronts: list[FrontEnd] = []

    def declare(self, model: str, **more: Any) -> None:
        super().declare(model, **{"runtime": "acp"} | more)

    # ---- the processes

    @property
    def said(self) -> Statement | None:
        """What the keeper says now."""
        return self.statement(NAME)

    def leader(self) -> int:
        """The pid of the agent that the keeper started."""
        pid = self.agent_pid(NAME)
        assert pid, "no agent runs"
        return pid

    def ready(self, *, unlike: int | None = None, within: float = PATIENCE) -> int:
        """Wait until a prompt is taken, by another keeper than `unlike`, which must be gone; gives its pid."""

        def there() -> int | None:
            said = self.said
            if said is None or said.pid == unlike or said.state is not State.READY:
                return None
            assert unlike is None or gone(unlike), f"{unlike} was alive when its successor {said.pid} was there"
            return said.pid

        with self.shown():
            pid = wait_for(there, within, f"{self.row.agent} to be ready, another than {unlike}")
        self.changed()
        return pid or 0

    def both(self) -> tuple[int | None, int]:
        """The keeper and the agent, which a switch in place leaves alone."""
        return self.pid(NAME), self.leader()

    def kill_agent(self) -> int:
        """End the agent's leader with SIGKILL; gives the keeper's pid, which ends with it."""
        keeper = self.pid(NAME)
        assert keeper
        os.kill(self.leader(), signal.SIGKILL)
        return keeper

    @contextlib.contextmanager
    def deaf(self) -> Iterator[None]:
        """The agent does nothing meanwhile: what it is asked stays unanswered."""
        group = self.leader()  # it leads its group
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(group, signal.SIGCONT)

    def memories(self) -> tuple[int, int]:
        """Bytes that are the agent's and the keeper's own, without what they share with others."""
        leader = psutil.Process(self.leader())
        keeper = psutil.Process(self.pid(NAME))
        own = [one.memory_full_info().pss for one in (leader, *leader.children(recursive=True))]
        return sum(own), keeper.memory_full_info().pss

    # ---- the switch

    def is_on_another_model(self, before: Statement | None, within: float = PATIENCE) -> float:
        """Wait until the agent goes by another model than before, told or started so; gives when it confirmed that."""

        def confirmed() -> float | None:
            now = self.said
            if now is None or before is None or now.state is not State.READY:
                return None
            told = now.model != before.model if self.row.strategy == "in-place" else now.pid != before.pid
            return (now.model_at or time.time()) if told else None

        with self.shown():
            at = wait_for(confirmed, within, f"another model than {before and before.model}")
        self.changed()
        return at or 0.0

    def switch(self, model: str, **more: Any) -> float:
        """Put another model into the file, and wait for the agent's own word; gives the seconds.

        :arg more: words of the file that make it a restart.
        """
        before, began = self.said, time.time()
        self.declare(model, **more)
        if more and before:
            self.ready(unlike=before.pid)
            return round(time.time() - began, 4)
        return round(self.is_on_another_model(before) - began, 4)

    def is_under_way(self) -> bool:
        """Whether the controller has begun an action and not ended it."""
        with Store(self.state / "state.db", Access.READ) as store:
            return bool(Journal(store).open_intents())

    def switches(self) -> list[dict[str, Any]]:
        """Every switch so far, as it was told."""
        return self.events(EventType.MODEL_SWITCH, NAME)

    # ---- what is said

    def front(self) -> FrontEnd:
        """A new front end of the session."""
        front = FrontEnd(self.socket(NAME))
        self._fronts.append(front)
        return front

    def type(self, text: str) -> None:
        self.front().prompt(text)

    def screen(self) -> str:
        """The conversation as the keeper wrote it down, and what the keeper says of itself."""
        updates = [entry["update"] for entry in self.journal(NAME, "update")]
        chunks = [one["content"] for one in updates if one.get("sessionUpdate") == "agent_message_chunk"]
        said = self.said
        return "".join(one.get("text", "") for one in chunks) + f"\n{said and json.dumps(said.to_json())}"

    def judged(self) -> list[dict[str, Any]]:
        return [one for one in super().judged() if not self.server.is_beside(one)]

    def remember_settings(self) -> None:
        """Keep what the person's own settings are after the start: some agents migrate them by themselves."""
        self._theirs = self._settings()

    def settings_untouched(self) -> None:
        """No switch has written into the person's own settings."""
        now = self._settings()
        changed = {name: now[name] for name, text in self._theirs.items() if now[name] != text}
        assert not changed, f"the person's settings were changed: {changed}"

    def _settings(self) -> dict[str, bytes | None]:
        files = {name: self.home / name for name in self.row.global_files}
        return {name: path.read_bytes() if path.exists() else None for name, path in files.items()}

    def close(self) -> None:
        for front in self._fronts:
            front.__exit__(None, None, None)
        said = self.said
        super().close()
        if said and said.agent_pid and not gone(said.agent_pid):  # its keeper was killed
            with contextlib.suppress(ProcessLookupError):
                os.killpg(said.agent_pid, signal.SIGKILL)
