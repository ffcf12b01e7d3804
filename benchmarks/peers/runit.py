"""runit: one service directory a program, `sv restart` after its run script changed."""

from pathlib import Path

from benchmarks import tools
from benchmarks.arena import Called
from benchmarks.peers.peer import Peer

RUN = """\
#!/bin/sh
exec {sleeper} --name {name} --model {model}
"""


class Runit(Peer):
    """runsvdir takes 1,000 services and no more."""

    name = "runit"
    file_mode = 0o755

    @classmethod
    def ready(cls) -> None:
        tools.debian_tool("runit", "runsvdir")

    def path(self, name: str) -> Path:
        return self.files / name / "run"

    def text(self, name: str, model: str) -> str:
        return RUN.format(name=name, model=model, sleeper=tools.SLEEPER)

    def declare(self) -> None:
        for name in self.names:
            (self.files / name).mkdir()
        super().declare()

    def launch(self) -> None:
        runsvdir = tools.debian_tool("runit", "runsvdir")
        path = f"{runsvdir.parent}:{self.arena.env['PATH']}"
        self.arena.spawn([str(runsvdir), str(self.files)], PATH=path)

    def reload(self, name: str, seconds: float) -> Called:
        return self._sv("restart", [name], seconds)

    def reload_all(self, seconds: float) -> Called:
        return self._sv("restart", self.names, seconds)

    def status(self) -> list[str]:
        return self._words("status", self.names)

    def stop(self) -> None:
        self._sv("force-shutdown", self.names, 60)

    def _sv(self, verb: str, names: list[str], seconds: float) -> Called:
        return self.arena.call(self._words(verb, names), seconds=seconds)

    def _words(self, verb: str, names: list[str]) -> list[str]:
        sv = str(tools.debian_tool("runit", "sv"))
        return [sv, verb, *(str(self.files / name) for name in names)]
