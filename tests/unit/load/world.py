"""A directory of session files, a clock that only the test moves, and a memory that outlives the source."""

from dataclasses import dataclass, field
from pathlib import Path

from controller.load.assemble import Here
from controller.load.forgetful import Forgetful
from controller.load.source import Reading, Source
from controller.model.loaded import Loaded
from controller.model.problem import Code, Severity

SETTLE = 1.0
FLEET = "defaults: {agent: demo}\n"


@dataclass
class World:
    """One directory, read by one source after another."""

    directory: Path
    others: tuple[Path, ...] = ()
    memory: Forgetful = field(default_factory=Forgetful)
    labels: dict[str, str] = field(default_factory=dict)
    at: float = 0.0
    _source: Source | None = None

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if not (self.directory / "_fleet.yaml").exists():
            self.write(_fleet=FLEET)

    def write(self, **texts: str) -> None:
        """Write files whole, by their stems."""
        for stem, text in texts.items():
            (self.directory / f"{stem}.yaml").write_bytes(text.encode())

    def remove(self, *stems: str) -> None:
        for stem in stems:
            (self.directory / f"{stem}.yaml").unlink()

    @property
    def source(self) -> Source:
        if self._source is None:
            here = Here("here", self.labels)
            places = (self.directory, *self.others)
            self._source = Source(places, self.memory, here, settle=SETTLE, clock=lambda: self.at)
        return self._source

    def restart(self) -> None:
        """Forget everything but the memory."""
        self._source = None

    def read(self) -> Reading:
        return self.source.read()

    def settled(self) -> Loaded:
        """Read until nothing is waited for."""
        reading = self.read()
        for _ in range(3):
            if not reading.unsettled:
                break
            self.at += SETTLE
            reading = self.read()
        return reading.loaded


def codes(loaded: Loaded, name: str | None = None) -> list[Code]:
    """The codes of all errors, or of those of one file."""
    return [
        problem.code
        for problem in loaded.problems
        if problem.severity is Severity.ERROR and (name is None or problem.mark.file.endswith(f"/{name}"))
    ]
