"""pm2: one application file a program, started again by its file."""

import json
from pathlib import Path

from benchmarks import tools
from benchmarks.arena import Arena, Called
from benchmarks.peers.peer import FIRST, Change, Peer


class Pm2(Peer):
    """Its daemon, its home and its log files live in the arena."""

    name = "pm2"

    def __init__(self, arena: Arena, count: int) -> None:
        super().__init__(arena, count)
        arena.env["PM2_HOME"] = str(arena.root / "pm2")

    @classmethod
    def ready(cls) -> None:
        tools.node_tool("pm2")

    def path(self, name: str) -> Path:
        return self.files / f"{name}.json"

    def text(self, name: str, model: str) -> str:
        return json.dumps({"apps": [self._app(name, model)]})

    def declare(self) -> None:
        super().declare()
        self._write_whole(FIRST)

    def launch(self) -> None:
        self._called("start", str(self._whole), seconds=600)

    def reload(self, name: str, seconds: float) -> Called:
        return self._called("start", str(self.path(name)), seconds=seconds)

    def change_all(self, model: str, seconds: float) -> Change:
        self._write_whole(model)
        return super().change_all(model, seconds)

    def reload_all(self, seconds: float) -> Called:
        return self._called("start", str(self._whole), seconds=seconds)

    def status(self) -> list[str]:
        return self._words("ls")

    def help(self) -> list[str]:
        return self._words("--help")

    def stop(self) -> None:
        self._called("kill", seconds=60)

    def _app(self, name: str, model: str) -> dict[str, object]:
        return {
            "name": name,
            "script": str(tools.SLEEPER),
            "args": ["--name", name, "--model", model],
            "interpreter": "none",
            "exec_mode": "fork",
            "out_file": "/dev/null",
            "error_file": "/dev/null",
        }

    @property
    def _whole(self) -> Path:
        return self.arena.root / "all.json"

    def _write_whole(self, model: str) -> None:
        """pm2 takes one file a call: all applications in one, for the works that touch all."""
        apps = [self._app(name, model) for name in self.names]
        self._whole.write_text(json.dumps({"apps": apps}))

    def _called(self, *words: str, seconds: float) -> Called:
        return self.arena.call(self._words(*words), seconds=seconds)

    def _words(self, *words: str) -> list[str]:
        return [str(tools.node_tool("pm2")), *words]
