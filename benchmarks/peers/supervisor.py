"""supervisor: one included file a program, `supervisorctl update`."""

from pathlib import Path

from benchmarks import tools
from benchmarks.arena import Called
from benchmarks.peers.peer import Peer

CONFIG = """\
[unix_http_server]
file={root}/control.sock
[supervisord]
nodaemon=true
logfile={root}/supervisord.log
pidfile={root}/supervisord.pid
childlogdir={root}
minfds=16384
minprocs=4096
user=root
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{root}/control.sock
[include]
files={root}/files/*.conf
"""

PROGRAM = """\
[program:{name}]
command={sleeper} --name {name} --model {model}
autorestart=true
stdout_logfile=NONE
stderr_logfile=NONE
"""


class Supervisor(Peer):
    """Defaults but for the limits on files and processes, and without log files."""

    name = "supervisor"
    tick = 1.0

    @classmethod
    def ready(cls) -> None:
        tools.python_tool("supervisord")

    def path(self, name: str) -> Path:
        return self.files / f"{name}.conf"

    def text(self, name: str, model: str) -> str:
        return PROGRAM.format(name=name, model=model, sleeper=tools.SLEEPER)

    def launch(self) -> None:
        self._config.write_text(CONFIG.format(root=self.arena.root))
        self.arena.spawn([str(tools.python_tool("supervisord")), "-c", str(self._config)])

    def reload(self, name: str, seconds: float) -> Called:
        return self.arena.call(self._ctl("update", name), seconds=seconds)

    def reload_all(self, seconds: float) -> Called:
        return self.arena.call(self._ctl("update"), seconds=seconds)

    def status(self) -> list[str]:
        return self._ctl("status")

    def changes(self) -> list[str]:
        return self._ctl("avail")

    def help(self) -> list[str]:
        return self._ctl("--help")

    @property
    def _config(self) -> Path:
        return self.arena.root / "supervisord.conf"

    def _ctl(self, *words: str) -> list[str]:
        return [str(tools.python_tool("supervisorctl")), "-c", str(self._config), *words]
