"""A machine that is not ours alone: strangers of every kind, pids that come again, clocks that jump, a lid that closes.

Another Muster over the same agent with sessions of the same names, a person's tmux with panes of those names, people on
our conversations, another user's agent, one that carries our marks; and not one signal or command to any of them.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from controller.model.event import EventType
from tests.integration.controller_world import PATIENCE
from tests.integration.pids import LAST_PID, take_pid
from tests.torture.ground import FULL, Ground
from tests.torture.ledger import living
from tests.torture.soak import Soak
from tests.torture.trees import MODELS
from tests.waiting import wait_for

SESSIONS: Final = 12 if FULL else 4
STEPS: Final = 90 if FULL else 16
HOUR: Final = 3600.0
ROOT: Final = os.geteuid() == 0
NOBODY: Final = 65534


class Neighbour(Ground):
    """Another Muster with a state of its own, over the same home of the agent."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground.root / "theirs", ground.seed, MUSTER_DEMO_HOME=str(ground.agent))


class Strangers(Soak):
    """What people and machines do, beside the steps of a soak."""

    def __init__(self, ground: Ground, neighbour: Neighbour) -> None:
        super().__init__(ground, SESSIONS)
        self._neighbour = neighbour
        self._clock = ground.root / "clock"
        self._wrong = [0.0, 0.0]
        self._guests: list[subprocess.Popen[bytes]] = []
        self._steps += [
            (self.set_clock, 4),
            (self.sleep, 3),
            (self.vanish_in_sleep, 2),
            (self.reuse_a_pid, 2),
            (self.join, 3),
            (self.leave, 3),
            (self.move_next_door, 3),
        ]

    def begin(self) -> None:
        for name in self.names:
            self._neighbour.write(f"{name}.yaml", "model: mini\n")
        self._neighbour.start()
        super().begin()
        self._neighbour.up(*self.names)

    # ---- the steps

    def set_clock(self) -> None:
        """The wall clock is set, by an hour forwards or backwards, or right again."""
        self._wrong[0] = self.ground.chance.choice([-HOUR, 0.0, HOUR])
        self._set()

    def sleep(self) -> None:
        """The lid is closed: everything stops, an hour goes by, and everything goes on as if nothing had been."""
        with self._stopped():
            self._wrong = [wrong + HOUR for wrong in self._wrong]
            self._set()

    def vanish_in_sleep(self) -> None:
        """It is closed while files are away for a moment: nobody has seen that they stay away."""
        aside = self.ground.root / "aside"
        name = self._any()
        self.ground.sessions.joinpath(f"{name}.yaml").rename(aside)
        with contextlib.suppress(AssertionError):  # it is seen, or the lid is quicker
            wait_for(lambda: self.ground.record(name).absent_since, 2.0, "the absence to be seen")
        self.sleep()
        self.ground.moment(0.3)
        aside.rename(self.ground.sessions / f"{name}.yaml")

    def reuse_a_pid(self) -> None:
        """An agent ends while no controller looks, and another program is started under its number."""
        pid = self.ground.pid(self._any())
        if pid is None or not os.access(LAST_PID, os.W_OK):
            return
        self.ground.kill()
        os.kill(pid, signal.SIGKILL)
        self.ground.toll.counted["kills"] += 2
        wait_for(lambda: not psutil.pid_exists(pid), PATIENCE, "the number to be free")
        if program := take_pid(pid, PATIENCE):
            self.ground.beside(program)
            self.ground.toll.counted["numbers taken"] += 1
        self.ground.start()

    def join(self) -> None:
        """A person goes on with a session's conversation by hand."""
        name = self._any()
        if self.heard[name] and len(self._guests) < 2 and self.ground.doing(name) == "idle":
            self.ground.env["TORTURE_STRANGER"] = "1"
            self._guests.append(self.ground.stranger(name))
            del self.ground.env["TORTURE_STRANGER"]

    def leave(self) -> None:
        """And leaves, which shows that nobody had ended them before."""
        if self._guests:
            guest = self._guests.pop()
            assert guest.poll() is None
            guest.communicate(b"/quit\n", PATIENCE)
            assert guest.returncode == 0

    def move_next_door(self) -> None:
        """The other Muster switches, stops and starts its sessions of the same names."""
        said = self.ground.chance.choice([*(f"model: {model}\n" for model in MODELS), "model: mini\nstate: stopped\n"])
        self._neighbour.write(f"{self._any()}.yaml", said)

    # ---- how it is done

    def _set(self) -> None:
        self.ground.toll.counted["faults"] += 1
        beside = self._clock.with_suffix(".new")
        beside.write_text(" ".join(map(str, self._wrong)))
        beside.replace(self._clock)

    @contextlib.contextmanager
    def _stopped(self) -> Iterator[None]:
        """All of ours stand still: the controller, what it started, and the sessions."""
        assert self.ground.process is not None
        ours = [self.ground.process.pid, *(child.pid for child in psutil.Process(self.ground.process.pid).children())]
        ours += [agent.pid for agent in living(self.ground.ledger) if agent.launched]
        for number, during in ((signal.SIGSTOP, True), (signal.SIGCONT, False)):
            for pid in ours:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if during:
                yield

    def judge(self) -> None:
        """All strangers leave by themselves, and our sessions are as if there had been none."""
        while self._guests:
            self.leave()
        super().judge()
        assert not self.ground.events(EventType.SESSION_STOPPED)
        self._neighbour.judge_strangers()

    def _agents(self) -> list[int]:
        return [agent.pid for agent in living(self.ground.ledger) if agent.launched]


@contextlib.contextmanager
def tmux_of_a_person(ground: Ground, names: list[str]) -> Iterator[None]:
    """A server of their own, with windows that have our sessions' names."""
    if shutil.which("tmux") is None:
        yield
        return
    server = ["tmux", "-S", str(ground.root / "mine"), "-f", os.devnull]
    env = {key: word for key, word in ground.env.items() if not key.startswith("TMUX")}
    for name in names:
        subprocess.run([*server, "new-session", "-d", "-s", name, "sleep 900"], env=env, check=True)
    asked = [*server, "list-panes", "-a", "-F", "#{pane_pid}"]
    before = subprocess.run(asked, env=env, check=True, capture_output=True).stdout
    try:
        yield
        assert subprocess.run(asked, env=env, check=True, capture_output=True).stdout == before
    finally:
        subprocess.run([*server, "kill-server"], env=env, check=False)


@contextlib.contextmanager
def others(ground: Ground, marks: dict[str, str]) -> Iterator[None]:
    """Another user's agent in a home of its own, and a person's that carries the marks of a session of ours."""
    with tempfile.TemporaryDirectory(prefix="muster-other-") as home:
        Path(home).chmod(0o777)
        theirs = {"MUSTER_DEMO_HOME": home, "TORTURE_MISCHIEF": "another-user", "HOME": home}
        ground.bystander(**marks | {"TORTURE_STRANGER": "1"})
        if ROOT:
            other = ground.bystander(**theirs)
            wait_for(lambda: psutil.Process(other.pid).uids().real == NOBODY, what="another user's agent")
        yield


def strangers(ground: Ground) -> None:
    """Run all steps among strangers, and judge what came of them and of ours."""
    ground.env["TORTURE_CLOCK"] = str(ground.root / "clock")
    neighbour = Neighbour(ground)
    neighbour.env["TORTURE_CLOCK"] = ground.env["TORTURE_CLOCK"]
    story = Strangers(ground, neighbour)
    try:
        story.begin()
        marks = psutil.Process(ground.pid(story.names[0])).environ()
        with tmux_of_a_person(ground, story.names), others(ground, marks):
            for _ in range(STEPS):
                story.step()
            story.judge()
    finally:
        neighbour.close()
        neighbour.end_sessions()
    ground.toll.add(neighbour.toll)
