"""Files that are written while they are read, by every kind of writer, and bytes that go wrong.

What a file half says would mean another model, a restart or another agent. In force is the last good word, or what the
bytes say once nobody has them open for writing; a session that need not move is the same process at the end.
"""

import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from controller.load.assemble import Here
from controller.load.forgetful import Forgetful
from controller.load.source import Source
from controller.model.session import SessionSpec
from tests.torture.ground import FLEET, FULL, Ground
from tests.waiting import wait_for

SESSIONS: Final = 24 if FULL else 6
STEP: Final = 3 if FULL else 25
"""Bytes between two readings of a file that is being written."""
RESTS: Final = 0.05 if FULL else 0.25
"""How often a writer rests."""
LONGEST: Final = 1.0
"""Seconds; the settle time of these tests is a tenth of it."""
TURNS: Final = 12 if FULL else 3
"""Rounds of bytes that go wrong, one in each file."""
PATIENCE: Final = 240.0 if FULL else 90.0
RICH: Final = """\
# {name}'s session; a tier that would be maxi, and its own word, which comes late
tier: partner
labels: {{team: "a#b", 'k': v}}
args: ['--', "word"]
env:
  NOTE: |
    two
    lines
update: {{when: now}}
model: mini
"""
APPENDED: Final = ("model: mini\n", "labels:\n", "  one: a\n", "  two: b\n", "# the end\n")
"""Pieces of which each beginning says the same or is an error."""
WHOLE: Final = f"{FLEET}tiers: {{partner: maxi}}\naliases: {{cheap: mini}}\n"


class Torn:
    """Some sessions with rich files, and writers that take their time."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        rich = {f"rich{number}.yaml": RICH.format(name=f"rich{number}").encode() for number in range(SESSIONS)}
        self.plain = {f"plain{number}.yaml": "".join(APPENDED).encode() for number in range(SESSIONS // 2)}
        self.texts = rich | self.plain
        self.files = self.texts | {"_fleet.yaml": WHOLE.encode()}
        self.names = [name.removesuffix(".yaml") for name in self.texts]
        self.ground.toll.counted["sessions"] += len(self.names)

    def begin(self) -> None:
        for name, text in self.files.items():
            self.ground.write(name, text.decode())
        self.ground.start()
        self.ground.up(*self.names, model="mini")
        self.pids = self.ground.pids(*self.names)

    def path(self, name: str) -> Path:
        return self.ground.sessions / name

    def quiet(self, act: Callable[[], None]) -> None:
        """Whatever a writer does here moves nobody."""
        self.ground.toll.counted["faults"] += len(self.files)
        act()
        self.ground.passes(2)
        now = self.ground.pids(*self.names)
        assert now == self.pids, (act.__name__, [self.ground.events(session=name)[-5:] for name in self.names])

    # ---- writers that have a file open

    def _slowly(self, open_: Callable[[Path], int]) -> None:
        """Write all files at once, byte after byte, each held open to its end, and have them read at each."""
        held = {name: open_(self.path(name)) for name in self.files}
        try:
            for at in range(0, max(map(len, self.files.values())), STEP):
                for name, file in held.items():
                    os.write(file, self.files[name][at : at + STEP])
                self.ground.passes(1)
                self._rest()
        finally:
            for file in held.values():
                os.close(file)

    def _rest(self) -> None:
        """Let go for now and then of the pen: for longer than what is written needs to look finished."""
        if self.ground.chance.random() < RESTS:
            self.ground.moment(LONGEST)
            self.ground.passes(2)

    def rewritten(self) -> None:
        """As by a shell's redirection, an editor that saves in place, or cp."""
        self._slowly(lambda path: os.open(path, os.O_WRONLY | os.O_TRUNC))

    def rewritten_elsewhere(self) -> None:
        """Under another name of the same file, which nobody watches."""
        links = self.ground.root / "links"
        links.mkdir()

        def linked(path: Path) -> int:
            other = links / path.name
            other.hardlink_to(path)
            return os.open(other, os.O_WRONLY | os.O_TRUNC)

        self._slowly(linked)

    def mapped(self) -> None:
        """In memory, by a writer that has closed the file: only its mapping is left."""
        maps = {}
        for name, text in self.files.items():
            file = os.open(self.path(name), os.O_RDWR)
            maps[name] = mmap.mmap(file, len(text))
            os.close(file)
        for name, there in maps.items():
            there[:] = b"\n" * len(self.files[name])
        for part in range(0, max(map(len, self.files.values())), 5 * STEP):
            for name, there in maps.items():
                piece = self.files[name][part : part + 5 * STEP]
                there[part : part + len(piece)] = piece
            self.ground.passes(1)
            self._rest()
        for there in maps.values():
            there.close()

    # ---- writers that let go

    def appended(self) -> None:
        """By a shell that opens the file anew for each line; each beginning says the same, or nothing valid."""
        for name in self.plain:
            self.path(name).write_bytes(b"")
        for piece in APPENDED:
            for name in self.plain:
                with self.path(name).open("a") as file:
                    file.write(piece)
            self.ground.passes(1)

    def dressed(self) -> None:
        """The same words as another system writes them."""
        for name, text in self.files.items():
            self.path(name).write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
            self.ground.passes(1)

    def spoilt(self) -> None:
        """Bytes that no session file has."""
        for spoil in (
            lambda text: text.replace(b"mini", b"mi\0i"),
            lambda text: text.decode().encode("utf-16"),
            lambda text: text + b"# " + b"x" * 300_000,
            lambda text: text.replace(b"mini", b"m\xeffi"),
            lambda text: b"\0" * len(text),
        ):
            for name, text in self.files.items():
                self.path(name).write_bytes(spoil(text))
            self.ground.passes(1)

    def whole(self) -> None:
        """Everything as it was, by rename."""
        for name, text in self.files.items():
            self.ground.write(name, text.decode())

    # ---- bytes that go wrong

    def struck(self) -> None:
        """One byte of each file becomes another: nobody moves whose file is wrong, or says the same as before."""
        wanted = self._says(self.ground.sessions)
        for name, text in self.texts.items():
            at = self.ground.chance.randrange(len(text))
            struck = bytes((self.ground.chance.randrange(256),))
            self.ground.write(name, "")
            self.path(name).write_bytes(text[:at] + struck + text[at + 1 :])
        said = self._says(self.ground.sessions)
        self.ground.toll.counted["faults"] += len(self.texts)
        self.ground.passes(3)
        still = [name for name in self.names if said.get(name, wanted[name]) == wanted[name]]
        now = self.ground.pids(*still)
        moved = {name: self.path(f"{name}.yaml").read_bytes() for name in still if now[name] != self.pids[name]}
        assert not moved, moved
        self.whole()
        wait_for(self._on_mini, PATIENCE, "all back on their own words")
        self.ground.rest()  # one may be on its model and still on its way back to its environment
        self.ground.up(*self.names, model="mini")
        self.pids = self.ground.pids(*self.names)

    def _on_mini(self) -> bool:
        return all(self.ground.model(name) == "mini" for name in self.names)

    def _says(self, directory: Path) -> dict[str, SessionSpec]:
        """What the bytes say by themselves, without labels, which move nobody."""
        read = Source([directory], Forgetful(), Here(os.uname().nodename, {}), as_is=True).read().loaded
        good = {name: one.spec for name, one in read.sessions.items() if not one.problems}
        return {name: spec.model_copy(update={"labels": {}}) for name, spec in good.items()}

    def heard(self) -> None:
        """After all that a real word counts at once."""
        for name, text in self.texts.items():
            self.ground.write(name, text.decode().replace("model: mini", "model: midi"))
        self.ground.up(*self.names, model="midi")
        self.ground.toll.counted["switches"] += len(self.names)


def torn(ground: Ground) -> None:
    """Have every writer at work, and judge after each."""
    story = Torn(ground)
    story.begin()
    acts = [story.rewritten, story.rewritten_elsewhere, story.mapped, story.appended, story.dressed, story.spoilt]
    ground.chance.shuffle(acts)
    for act in acts:
        story.quiet(act)
        story.quiet(story.whole)
    for _ in range(TURNS):
        story.struck()
    story.heard()
