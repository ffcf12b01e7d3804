"""Agents that people start by hand: in a terminal, in their own tmux, in the background; and what happens to them."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from controller.model.event import EventType
from controller.settings import self_spawn
from tests.integration.controller_world import ControllerWorld
from tests.waiting import wait_for

PATIENCE = 90.0
"""Seconds for anything: the machine may be busy with other tests, and a test that passes never waits for it."""

COUNTS_SIGNALS = """\
import os, signal
_real = signal.signal
def _told(handler):
    def heard(number, frame):
        with open(os.environ["SIGNALS"], "a") as file:
            file.write(f"{os.getpid()} {number}\\n")
        if callable(handler):
            return handler(number, frame)
        _real(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return heard
def signal_(number, handler):
    return _real(number, _told(handler) if callable(handler) else handler)
if "embedded-agent" in open("/proc/self/cmdline").read():
    signal.signal = signal_
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGCONT):
        _real(number, _told(signal.SIG_DFL))
"""
"""Every signal that reaches an agent is written down before it has its effect."""


class PeoplesWorld(ControllerWorld):
    """One person's home, their agents and their tmux; Muster looks at nothing else."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.home, self.signals, self.socket = root / "home", root / "signals", root / "t"
        self.home.mkdir()
        (root / "counts").mkdir()
        (root / "counts" / "sitecustomize.py").write_text(COUNTS_SIGNALS)
        path = os.pathsep.join(filter(None, [str(root / "counts"), os.environ.get("PYTHONPATH")]))
        self.env |= {"HOME": str(self.home), "SIGNALS": str(self.signals), "PYTHONPATH": path}
        self.terminals: list[int] = []
        self.agents: list[subprocess.Popen[bytes]] = []

    def work(self, name: str) -> Path:
        """A directory to work in."""
        place = self.root / name
        place.mkdir(exist_ok=True)
        return place

    # ---- three ways to start an agent

    def in_terminal(self, name: str, *words: str) -> int:
        """A person's terminal, without tmux; gives the agent's pid."""
        ours, theirs = os.openpty()
        agent = subprocess.Popen(
            ["setsid", "--ctty", *self_spawn("embedded-agent", *words)],
            cwd=self.work(name),
            env=self.env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.terminals.append(ours)
        self.agents.append(agent)
        return self.ready(agent.pid)

    def in_background(self, name: str, *words: str) -> int:
        """No terminal at all."""
        agent = subprocess.Popen(
            self_spawn("embedded-agent", *words),
            cwd=self.work(name),
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.agents.append(agent)
        return self.ready(agent.pid)

    def in_pane(self, name: str, *words: str) -> int:
        """A pane of the person's tmux that runs the agent and nothing else."""
        self.new_window(name, self_spawn("embedded-agent", *words))
        return self.ready(int(self.of_pane(name, "#{pane_pid}")))

    def in_shell(self, name: str, *words: str) -> int:
        """A pane of the person's tmux with a shell, and the agent typed into that."""
        self.new_window(name, ["bash", "--norc", "--noprofile", "-i"])
        shell = psutil.Process(int(self.of_pane(name, "#{pane_pid}")))
        wait_for(lambda: "$" in self.screen(name) or "#" in self.screen(name), PATIENCE, "a prompt")
        self.keys(name, shlex.join(self_spawn("embedded-agent", *words)))
        return self.ready(wait_for(lambda: [one.pid for one in shell.children()], PATIENCE, "the agent")[0])

    def new_window(self, name: str, command: list[str]) -> None:
        """Open a window of the person's tmux, which is started by its first."""
        first = self.tmux("list-sessions").returncode != 0
        how = (
            ["new-session", "-d", "-s", "mine", "-x", "150", "-y", "40"]
            if first
            else ["new-window", "-d", "-t", "mine:"]
        )
        done = self.tmux(*how, "-n", name, "-c", str(self.work(name)), *command)
        assert done.returncode == 0, done.stderr

    def ready(self, pid: int) -> int:
        """Wait until an agent says that it is idle."""
        entry = self.agent / "sessions" / f"{pid}.json"
        wait_for(lambda: entry.exists() and '"idle"' in entry.read_text(), PATIENCE, f"agent {pid}")
        return pid

    # ---- the person's tmux

    def tmux(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Ask the person's tmux."""
        command = ["tmux", "-f", "/dev/null", "-S", str(self.socket), *words]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=False, timeout=PATIENCE)

    def of_pane(self, name: str, fields: str) -> str:
        """What the person's tmux says of a window's pane."""
        return self.tmux("display-message", "-p", "-t", f"mine:{name}", fields).stdout.strip()

    def screen(self, name: str) -> str:
        """What stands in a window."""
        return self.tmux("capture-pane", "-p", "-t", f"mine:{name}").stdout

    def keys(self, name: str, text: str) -> None:
        """Type a line."""
        self.tmux("send-keys", "-t", f"mine:{name}", "-l", text)
        self.tmux("send-keys", "-t", f"mine:{name}", "Enter")

    # ---- what came of it

    def up(self, *names: str, model: str | None = None) -> None:
        """Wait until sessions run and the state knows it."""
        for name in names:
            wait_for(lambda name=name: self._is_up(name, model), PATIENCE, f"{name} on {model}")  # type: ignore[misc]

    def held(self, name: str, guard: str) -> None:
        """Wait until a guard is told as what holds a session's action now."""

        def last() -> list[object]:
            return [one["guard"] for one in self.events(EventType.HELD, name)][-1:]

        wait_for(lambda: last() == [guard], PATIENCE, f"{name} to be held by {guard}")

    def heard(self) -> list[str]:
        """Every signal that an agent heard: pid and number."""
        return self.signals.read_text().splitlines() if self.signals.exists() else []

    def adoptable(self) -> dict[int, dict[str, object]]:
        """What `muster adopt` lists, by pid."""
        return {one["pid"]: one for one in self.muster("adopt", "--json").json["processes"]}

    def said(self, conversation: str, who: str) -> list[str]:
        """What one side said in a conversation."""
        path = next(self.agent.glob(f"projects/*/{conversation}.jsonl"), None)
        lines = path.read_text().splitlines() if path else []
        return [one for one in lines if f'"{who}"' in one]

    def close(self) -> None:
        """End the person's tmux and agents, which are this test's own, then the rest."""
        for terminal in self.terminals:
            os.close(terminal)
        for agent in self.agents:
            agent.kill()
            agent.communicate()
        self.tmux("kill-server")
        super().close()


@contextmanager
def people(root: Path) -> Iterator[PeoplesWorld]:
    """A world that ends with the test."""
    world = PeoplesWorld(root)
    try:
        yield world
    finally:
        world.close()
