"""A live controller whose sessions have keepers, and a front end to speak with them."""

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.runtimes.acp import door, journal
from controller.settings import Settings
from controller.wire.statement import State, Statement
from tests.integration.controller_world import FLEET, PATIENCE, ControllerWorld, going
from tests.waiting import wait_for

HEADLESS = "runtime: acp\nmodel: mini\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One turn, as a front end saw it: the answer's text, and the request's own answer."""

    text: str
    end: dict[str, Any]

    @property
    def model(self) -> str | None:
        """The model on which the keeper delivered the prompt."""
        said = self.end.get("_meta", {}).get("muster", {}).get("model")
        return str(said) if said else None


class HeadlessWorld(ControllerWorld):
    """Sessions without a terminal. Their process is the keeper; what they say is read from disk and socket."""

    def statement(self, name: str) -> Statement | None:
        """What the keeper of a session says, if it is the one that runs."""
        try:
            said = Statement.from_json(json.loads((self.run_dir / f"{name}.keeper").read_bytes()))
        except (OSError, ValueError):
            return None
        return said if said.pid == self.pid(name) else None

    def doing(self, name: str) -> str | None:
        said = self.statement(name)
        return said.activity.value if said and said.state is State.READY else None

    def model(self, name: str) -> str | None:
        said = self.statement(name)
        return said.model if said else None

    def agent_pid(self, name: str) -> int | None:
        """The agent's own process."""
        said = self.statement(name)
        return said.agent_pid if said else None

    def conversation(self, name: str) -> str:
        said = wait_for(lambda: self.statement(name), PATIENCE, f"a keeper of {name}")
        assert said is not None
        assert said.conversation is not None
        return said.conversation

    def socket(self, name: str) -> Path:
        """The keeper's socket."""
        return Settings(state_dir=self.state).keeper_socket(name)

    def journal(self, name: str, kind: str | None = None) -> list[dict[str, Any]]:
        """The entries of a session's journal."""
        entries = journal.read(Settings(state_dir=self.state).journal_dir / f"{name}.jsonl")
        return [entry for entry in entries if kind in {None, entry["kind"]}]

    def ask(self, name: str, text: str) -> Said:
        """Hold one turn through the keeper's socket."""
        prompt = {"prompt": [{"type": "text", "text": text}]}
        return asyncio.run(self._request(name, "session/prompt", prompt))

    def choose(self, name: str, model: str) -> None:
        """Change the model as any ACP client can."""
        asyncio.run(self._request(name, "session/set_config_option", {"configId": "model", "value": model}))

    async def _request(self, name: str, method: str, params: dict[str, Any]) -> Said:
        """Open the session as a front end and ask for one thing."""
        pieces: list[str] = []

        def hear(method: str, params: dict[str, Any]) -> None:
            update = params.get("update", {})
            if method == "session/update" and update.get("sessionUpdate") == "agent_message_chunk":
                pieces.append(update["content"]["text"])

        peer = await door.connect(self.socket(name), on_notify=hear)
        try:
            await peer.request("initialize", {"protocolVersion": 1, "clientCapabilities": {}}, PATIENCE)
            opened = await peer.request("session/new", {"cwd": os.fspath(self.root), "mcpServers": []}, PATIENCE)
            end = await peer.request(method, {"sessionId": opened["sessionId"]} | params, PATIENCE)
        finally:
            await peer.close()
        return Said(text="".join(pieces), end=end)


@contextlib.contextmanager
def headless(
    root: Path, files: dict[str, str] | None = None, fleet: str = FLEET, **env: str
) -> Iterator[HeadlessWorld]:
    """A world whose controller runs and whose files' sessions are up."""
    with going(HeadlessWorld(root, fleet, **env), files) as world:
        yield world
