"""circus: one included file a watcher, `circusctl reloadconfig`."""

from pathlib import Path

from benchmarks import tools
from benchmarks.arena import Called
from benchmarks.peers.peer import Peer

CONFIG = """\
[circus]
endpoint = {endpoint}
pubsub_endpoint = ipc://{root}/pubsub.sock
statsd = false
include_dir = {root}/files
warmup_delay = 0
"""

WATCHER = """\
[watcher:{name}]
cmd = {sleeper} --name {name} --model {model}
copy_env = true
warmup_delay = 0
"""


class Circus(Peer):
    """Defaults but for the pauses between starts, which are switched off."""

    name = "circus"
    tick = 5.0

    @classmethod
    def ready(cls) -> None:
        tools.python_tool("circusd")

    def path(self, name: str) -> Path:
        return self.files / f"{name}.ini"

    def text(self, name: str, model: str) -> str:
        return WATCHER.format(name=name, model=model, sleeper=tools.SLEEPER)

    def launch(self) -> None:
        config = self.arena.root / "circus.ini"
        config.write_text(CONFIG.format(root=self.arena.root, endpoint=self._endpoint))
        self.arena.spawn([str(tools.python_tool("circusd")), str(config)])

    def reload(self, name: str, seconds: float) -> Called:
        return self.reload_all(seconds)

    def reload_all(self, seconds: float) -> Called:
        return self.arena.call(self._ctl("reloadconfig", "--waiting"), seconds=seconds)

    def status(self) -> list[str]:
        return self._ctl("status")

    def help(self) -> list[str]:
        return self._ctl("--help")

    @property
    def _endpoint(self) -> str:
        return f"ipc://{self.arena.root}/control.sock"

    def _ctl(self, *words: str) -> list[str]:
        ctl = str(tools.python_tool("circusctl"))
        return [ctl, "--timeout", "600", "--endpoint", self._endpoint, *words]
