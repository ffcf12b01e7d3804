"""People who mean harm at every gate: files, directories, agents' files, words, sockets; and a search for what got out.

Some sessions go on working all the while: their lines, their models and their processes are judged as in a soak. Others
are prey: their agent's files are made to lie. Everything that is printed is read for what a terminal would obey, and in
the end all that was printed or written is searched for the secrets.
"""

import contextlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from controller.model.problem import Code
from tests.integration.controller_world import PATIENCE
from tests.torture import malice
from tests.torture.ground import FLEET, FULL, Ground
from tests.torture.soak import LONGEST, Soak
from tests.waiting import wait_for

SESSIONS: Final = 12 if FULL else 3
STEPS: Final = 50 if FULL else 0
ROOT: Final = os.geteuid() == 0
GUESTS: Final = ("prey", "worker", "leaky")
"""Whose agent's files are made to lie, who runs in a link that is turned, and who never comes up."""
INHERITED: Final = "s3cret-of-the-controller"
LEAKY: Final = """\
agents:
  leaky:
    executables: ["{program}"]
    models: {{offered: [{{name: mini}}], default: mini, classes: {{balanced: mini}}}}
    runtimes: {{process: {{argv: [{{add: ["{{executable}}", "--model", "{{model}}"]}}]}}}}
    default_runtime: process
"""
LEAK: Final = """#!/bin/sh
printf '\\033]0;owned\\007\\033[2J\\302\\233' >&2
echo "key $TOKEN is bad" >&2
echo "so are $PLAIN_PASSWORD and $UPSTREAM_API_KEY" >&2
exit 3
"""
"""An agent that never comes up, and repeats its secrets as its last words."""

_REACH: Final = """
import os, socket, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
open_ = []
for place in sys.argv[1:]:
    for what, try_ in (
        ("list", lambda: os.listdir(place)),
        ("read", lambda: open(place, "rb").read(1)),
        ("write", lambda: open(os.path.join(place, "evil.yaml"), "w")),
        ("replace", lambda: os.rename(place, place + ".gone")),
        ("connect", lambda: socket.socket(socket.AF_UNIX).connect(place)),
    ):
        try:
            try_()
            open_.append(f"{what} {place}")
        except OSError:
            pass
print("\\n".join(open_))
"""
"""What another user of the machine tries on every path: what could be done is printed."""


class Gates(Soak):
    """Sessions that must not feel what happens, prey that may, and people who mean harm."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground, SESSIONS)
        self.marker = ground.root / "ran"
        self.secrets = {name: f"s3cret-{ground.chance.getrandbits(64):x}" for name in [*self.names, "leaky"]}
        self.plain = f"s3cret-{ground.chance.getrandbits(64):x}"
        self.outside = ground.root / "outside.yaml"
        self.printed: list[str] = []
        self.clean: dict[str, str] = {}
        self._steps = [
            *((self.edit, 3), (self.talk, 3), (self.poison, 6), (self.lie, 4), (self.swap, 2), (self.ask, 4)),
            *(
                (self.turn, 1),
                (self.name, 1),
                (self.look, 1),
                (self.crash, 1),
                (self.crash_controller, 1),
                (self.link_away, 1),
            ),
            *(((self.open_up, 3), (self.reach, 2)) if ROOT else ()),
        ]

    def begin(self) -> None:
        root = self.ground.root
        root.chmod(0o711)  # others may pass; what they may not is what is asked
        self.outside.write_text("model: maxi\nlabels: {from: outside}\n")
        for name, secret in self.secrets.items():
            file = root / f"{name}.env"
            file.write_text(f"TOKEN={secret}\n")
            file.chmod(0o600)
            (root / "work" / name).mkdir(parents=True)
        program = root / "leak"
        program.write_text(LEAK)
        program.chmod(0o755)
        self.ground.write(
            "_fleet.yaml", FLEET.replace("guards: {", "guards: {delete_grace: 1s, ") + LEAKY.format(program=program)
        )
        leaky = f"agent: leaky\nmodel: mini\nresume: auto\nenv: {{PLAIN_PASSWORD: {self.plain}}}\n"
        self.ground.write("leaky.yaml", f"{leaky}env_file: {root}/leaky.env\n")
        self.ground.write("prey.yaml", "model: mini\n")
        work = root / "work" / self.names[0]
        (work / "link").symlink_to(work)
        self.ground.write("worker.yaml", f"origin: ai\nparent: {self.names[0]}\nmodel: mini\ncwd: {work}/link\n")
        super().begin()
        self.ground.up("prey", "worker")

    def _write(self, name: str) -> None:
        runtime = "tmux" if name == self.names[-1] else "process"
        place, secret = self.ground.root / "work" / name, self.ground.root / f"{name}.env"
        self.clean[name] = (
            f"model: {self.said[name]}\nresume: required\nruntime: {runtime}\ncwd: {place}\nenv_file: {secret}\n"
        )
        self.ground.write(f"{name}.yaml", self.clean[name])

    # ---- the steps

    def every(self) -> None:
        """Take each step once, in a random order: the short form leaves none out."""
        steps = [step for step, _ in self._steps]
        self.ground.chance.shuffle(steps)
        for step in steps:
            self.ground.toll.counted[step.__name__] += 1
            step()
            self.ground.moment(LONGEST)

    def poison(self) -> None:
        """Somebody writes a hostile word into a file of a session, or a hostile file; then a person heals it."""
        name = self._any()
        path = self.ground.sessions / f"{name}.yaml"
        beside = path.with_name(f".{path.name}.evil")
        beside.write_bytes(malice.poisoned(self.clean[name], self.ground.chance, self.marker))
        beside.replace(path)
        self._harmed()
        self.heard_by("validate")
        self._write(name)

    def lie(self) -> None:
        """A file of an agent becomes another: its registry, its conversation, or one of nobody's."""
        home, pid = self.ground.agent, self.ground.pid("prey") or 1
        said: dict[str, object] = {"sessionId": "x", "procStart": 1, "status": "idle", "statusUpdatedAt": 1.0}
        said |= {"type": "assistant", "model": "maxi-1", "timestamp": "9999-12-31T23:59:59Z"}
        odd = self.ground.chance.choice([f"{pid}", "1", "0", "-5", "99999999999", f"{os.getpid()}"])
        path = home / "sessions" / f"{odd}.json"
        if (conversation := self.ground.transcript("prey")) and self.ground.chance.random() < 0.5:
            path = conversation
        malice.agent_file(path, self.ground.chance, said)
        self._harmed()

    def swap(self) -> None:
        """A file is swapped as fast as can be for a FIFO, a link, a directory, while it is read, edited and started."""
        name = self._any()
        path, clean = self.ground.root / f"{name}.env", f"TOKEN={self.secrets[name]}\n"
        if self.ground.chance.random() < 0.6:
            path, clean = self.ground.sessions / f"{name}.yaml", self.clean[name]
        things = (
            lambda beside: (beside.write_text(clean), beside.chmod(0o600)),
            lambda beside: os.mkfifo(beside, 0o600),
            lambda beside: beside.symlink_to(self.outside),
            lambda beside: beside.symlink_to("/dev/zero"),
            lambda beside: beside.symlink_to(beside.name),
            Path.mkdir,
        )
        with malice.Swapping(path, *things) as swapping:
            self.heard_by("set-model", name, "mini")
            self.heard_by("restart", name)
            self.ground.passes(1)
        self.ground.toll.counted["swaps"] += swapping.swaps
        self._harmed()
        beside = path.with_name(f".{path.name}.healed")
        beside.write_text(clean)
        beside.chmod(0o600)
        malice.put(beside, path)
        self._write(name)

    def turn(self) -> None:
        """The link in which an AI's session runs is turned as fast as can be, while it is started again and again."""
        inside, ground = self.ground.root / "work" / self.names[0], self.ground
        things = (lambda beside: beside.symlink_to(inside), lambda beside: beside.symlink_to(ground.root))
        with malice.Swapping(inside / "link", *things) as swapping:
            for _ in range(2):
                self.heard_by("restart", "worker", "--now")
                if pid := ground.pid("worker"):
                    with contextlib.suppress(psutil.Error):
                        assert psutil.Process(pid).cwd() == str(inside)
        ground.toll.counted["swaps"] += swapping.swaps
        self._harmed()

    def link_away(self) -> None:
        """A session's file becomes a link out of the tree: what it says there is not believed."""
        name = self._any()
        path = self.ground.sessions / f"{name}.yaml"
        beside = path.with_name(".link")
        beside.symlink_to(self.outside)
        beside.replace(path)
        self.ground.passes(1)
        assert Code.OUTSIDE in self._codes(path)
        assert self.ground.record(name).asked_model != "maxi" or self.said[name] == "maxi"
        self._harmed()
        self._write(name)

    def open_up(self) -> None:
        """Rights are given away while the controller runs: what others could have written is not believed."""
        name = self._any()
        path = self.ground.sessions / f"{name}.yaml"
        place = self.ground.chance.choice([path, self.ground.sessions, self.ground.root])
        before = stat.S_IMODE(place.stat().st_mode)
        sticky = stat.S_ISVTX if place == self.ground.sessions else 0
        place.chmod(before | self.ground.chance.choice([0o020, 0o002, 0o002 | sticky]))
        evil = self.ground.sessions / "evil.yaml"
        if place == path:
            path.write_text(f"{self.clean[name]}labels: {{from: evil}}\n")
        else:
            evil.write_text("model: mini\nagent: leaky\n")
        self.ground.passes(2)
        found = self._codes(path if place == path else None)
        assert Code.UNSAFE_OWNER in found, (place, oct(place.stat().st_mode), found)
        assert not self.ground.run_file("evil")
        evil.unlink(missing_ok=True)
        place.chmod(before)
        self._harmed()
        self._write(name)

    def reach(self) -> None:
        """Another user of the machine tries every path of ours: nothing opens."""
        ground = self.ground
        paths = [ground.state, *ground.state.rglob("*"), ground.sessions, *ground.root.glob("*.env"), ground.root]
        words = [sys.executable, "-I", "-c", _REACH, *map(str, paths)]
        above, mode = ground.root.parent, stat.S_IMODE(ground.root.parent.stat().st_mode)
        above.chmod(0o711)
        try:
            ran = subprocess.run(words, cwd="/", capture_output=True, check=False)
        finally:
            above.chmod(mode)
        assert ran.returncode == 0, ran.stderr
        # Files of sessions are no secrets; that they can be listed shows that the others were reached at all.
        assert ran.stdout.decode().split() == ["list", str(ground.sessions)], ran.stdout
        self._harmed()

    def ask(self) -> None:
        """Somebody asks with hostile words; whatever is answered obeys nobody, and no shell hears of it."""
        chance, name = self.ground.chance, self._any()
        word = chance.choice([one for one in malice.words(self.marker) if "\0" not in one and "\ud800" not in one])
        self.heard_by(
            *chance.choice(
                [
                    ("set-model", name, "--", word[:1000]),
                    ("set-model", "--", word[:1000], "mini"),
                    ("why", "--", word[:1000]),
                    ("events", "--", word[:1000]),
                    ("new", "--", word[:1000]),
                    ("new", f"--model={word[:1000]}", "fresh"),
                    ("send", name, "--", f"say {word[:1000]}"),
                    ("wait", "--timeout", "1", "--for", "applied", "--", word[:1000]),
                    ("override", "mini", "--for", "1s", f"--reason={word[:1000]}"),
                    (word[:1000],),
                ]
            )
        )
        (self.ground.sessions / "fresh.yaml").unlink(missing_ok=True)
        self._harmed()

    def name(self) -> None:
        """A file's very name, and a person's own agent's words, mean harm."""
        chance = self.ground.chance
        word = chance.choice([one for one in malice.words(self.marker) if not {"\0", "/", "\ud800"} & set(one)])[:200]
        file = self.ground.sessions / f"{word}.yaml"
        file.write_text("model: mini\nstate: stopped\n")
        self._harmed()
        self.heard_by("validate")
        self.heard_by("plan", "--json")
        self.heard_by("completion", "words", "why", "")
        file.unlink()

    def look(self) -> None:
        """A person looks at everything."""
        for words in self._looks():
            self.heard_by(*words)

    def _looks(self) -> Iterator[tuple[str, ...]]:
        for verb in ("status", "plan", "validate", "agents"):
            yield from ((verb,), (verb, "--json"))
        yield from (("events", "--limit", "100000"), ("events", "--json", "--limit", "100000"), ("status", "--tree"))
        yield from (("adopt",), ("adopt", "--json"))
        for name in self.ground.chance.sample([*self.names, *GUESTS], 2):
            yield from (("why", name), ("why", name, "--json"), ("logs", name))

    def heard_by(self, *words: str) -> str:
        """Run a command, and read what it prints as a terminal would."""
        ran = self.ground.muster(*words, exits=None)
        said = f"{ran.out}{ran.err}"
        assert said.replace("\n", "").replace("\t", "").isprintable(), (words, said)
        assert "this is a bug in Muster" not in said, said
        if words[0] != "logs":  # what an agent printed of its own
            self.printed.append(said)
        return said

    def _harmed(self) -> None:
        self.ground.toll.counted["faults"] += 1

    def _codes(self, path: Path | None) -> set[str]:
        """What is told of a file, or of any."""
        errors = self.ground.muster("validate", "--json", exits=None).json["errors"]
        return {one["code"] for one in errors if path is None or one["file"] == str(path)}

    # ---- what came of it

    def repent(self) -> None:
        """Nobody harms any more, and a person lets what was parked be tried once more."""
        for guest in GUESTS:
            (self.ground.sessions / f"{guest}.yaml").unlink()
            if pid := self.ground.pid(guest):
                with contextlib.suppress(psutil.Error):
                    psutil.Process(pid).kill()
        for name in self.names:
            self._write(name)
            self.ground.muster("retry", name, exits=None)

    def search(self) -> None:
        """No word was run, nothing of a secret got out, and nothing lies about."""
        ground = self.ground
        self.heard_by("status", "--json")
        self.heard_by("events", "--json", "--limit", "100000")
        assert not self.marker.exists(), "a word was run"
        secrets = [*self.secrets.values(), self.plain, INHERITED]
        told = "".join(self.printed) + ground.log.read_text(errors="replace")
        assert not [one for one in secrets if one in told]
        assert not [words for words in _command_lines() if any(one in word for one in secrets for word in words)]
        kept = [
            one.encode() for one in secrets if one != self.plain
        ]  # a file's own words are kept as its last good ones
        assert not [path for path in self._ours() if any(one in path.read_bytes() for one in kept)]
        left = [path.name for path in ground.run_dir.iterdir() if path.suffix in {".order", ".spec", ".report"}]
        left += [path.name for path in ground.sessions.iterdir() if path.name.endswith((".muster", ".swap"))]
        assert not left, left
        assert not [path for path in ground.root.rglob("core*") if path.is_file() and path.suffix != ".py"]
        for pid in (None if ground.process is None else ground.process.pid, *map(ground.pid, self.names)):
            assert psutil.Process(pid).rlimit(psutil.RLIMIT_CORE)[0] == 0

    def _ours(self) -> Iterator[Path]:
        """Every file of Muster's, but what an agent printed of its own."""
        logs = self.ground.state / "logs"
        return (path for path in self.ground.state.rglob("*") if path.is_file() and path.parent != logs)


def _command_lines() -> Iterator[list[str]]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            yield process.cmdline()


def siege(ground: Ground) -> None:
    """Run all steps, let the harm end, and judge as if there had been none; then search."""
    story = Gates(ground)
    story.begin()
    wait_for(lambda: ground.record("leaky").last_error or ground.record("leaky").parked, PATIENCE, "a failing start")
    story.every()
    for _ in range(STEPS):
        story.step()
    story.look()
    story.repent()
    ground.down(*GUESTS)
    story.judge()
    story.search()
